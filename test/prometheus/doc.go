// Package prometheus judges config/prometheus by other people's code: Prometheus' own parser and engine run each alert
// and each query of the dashboard, and the Prometheus Operator's types read its manifests. That the metrics exist which
// docs/metrics.md lists is for test/docs to say.
package prometheus
