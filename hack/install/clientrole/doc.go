// Command clientrole reads the operator's generated roles on stdin and writes the rules that it has in every namespace as a
// Role, for an operator that serves some namespaces only.
package main
