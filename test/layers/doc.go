// Package layers holds the imports of this module to hack/layers.txt, and every package to having a doc.go.
//
// It knows the import graph and the rules as text. It does not know what any package is for: that stands in the
// rules, and they are changed there.
package layers
