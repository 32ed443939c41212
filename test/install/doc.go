// Package install proves what people install: that the manifests, the overlay for some namespaces and the Helm chart say
// the same, that the operator can work with the rights that they give it, and that uninstalling leaves nothing but the key
// rings.
//
// The chart is judged by Helm, which make install-test builds; without it, those tests are skipped.
package install
