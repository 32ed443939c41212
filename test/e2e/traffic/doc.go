// Package traffic is what the workload of the end-to-end tests tells them of its calls. It knows neither what was called
// nor why it failed.
package traffic
