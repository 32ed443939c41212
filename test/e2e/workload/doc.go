// Command workload is the application of the end-to-end tests. It reads its credentials from the files of a mounted
// Secret, gets a token by x/oauth2 and calls a resource server with it, at a steady rate until it is ended: every call
// with a token of its own, every other one on connections of its own. It tries nothing again, and tells at /stats what
// became of its calls.
package main
