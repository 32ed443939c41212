// Package docs holds the pages for those who change the code to the code: a path that they name exists, and a function
// stands where they say. It does not know what the sentences mean.
package docs
