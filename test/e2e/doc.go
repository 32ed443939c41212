// Package e2e tells the story of an installation on a real cluster, from the first "kubectl apply" to the last "kubectl
// delete": what is installed, rotated, replaced, killed and upgraded while a workload in the cluster goes on getting tokens
// and calling resource servers with them. The workload tries nothing again, and no call of it may fail.
//
// It takes any cluster: KUBECONFIG names it, E2E_IMAGE_LOAD brings images to its nodes. docs/e2e.md says how. What is in
// the cluster is reached through the API server alone. Of the product it knows the API, and how a key ring is written: it
// prepares one that is due for rotation.
package e2e
