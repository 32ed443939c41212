// Package nginx runs nginx for tests, by the configuration that the documentation gives for forward-auth. It knows nothing of
// what stands behind it.
package nginx
