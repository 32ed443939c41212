package index

import (
	"slices"

	"tokenwright.dev/issuer/store"
)

// Copy is a grant that shares nothing with g: whoever changes one of them leaves the other alone.
func Copy(g store.Grant) store.Grant {
	g.Scopes, g.Resources, g.AMR = slices.Clone(g.Scopes), slices.Clone(g.Resources), slices.Clone(g.AMR)
	return g
}
