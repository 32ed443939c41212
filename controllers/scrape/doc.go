// Package scrape says where the operator's metrics are served, and to whom: on loopback to everybody there, elsewhere
// over TLS to those whose token Kubernetes knows (TokenReview) and who may get /metrics (SubjectAccessReview).
//
// controller-runtime has a filter for the same purpose. It brings k8s.io/apiserver with 203 packages more, gRPC,
// OpenTelemetry and its exporters among them, into a program that runs issuers as well, and it asks the API server
// about each token that it has not seen, whoever sends them. This one has a budget for those. The package does not know
// what is counted.
package scrape
