package index

// Groups tells which names belong to a key, such as the grants of one subject. The zero value is empty. It is not safe
// for concurrent use.
type Groups struct {
	members map[string]map[string]struct{}
}

// Add puts name into the group of key. Nothing belongs to the empty key.
func (g *Groups) Add(key, name string) {
	if key == "" {
		return
	}
	if g.members == nil {
		g.members = map[string]map[string]struct{}{}
	}
	group := g.members[key]
	if group == nil {
		group = map[string]struct{}{}
		g.members[key] = group
	}
	group[name] = struct{}{}
}

// Remove takes name out of the group of key.
func (g *Groups) Remove(key, name string) {
	group := g.members[key]
	delete(group, name)
	if len(group) == 0 {
		delete(g.members, key)
	}
}

// Largest is the largest group; of several, that of the least key. It looks at all of them.
func (g *Groups) Largest() map[string]struct{} {
	largest := ""
	for key, group := range g.members {
		if most := len(g.members[largest]); len(group) > most || len(group) == most && key < largest {
			largest = key
		}
	}
	return g.members[largest]
}

// Of is the group of key, which the caller must not change.
func (g *Groups) Of(key string) map[string]struct{} { return g.members[key] }
