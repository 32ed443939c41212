// Package nginx runs nginx for tests, by the configurations that the documentation gives. It knows nothing of what stands behind
// it.
package nginx
