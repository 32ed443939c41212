package login

import "go.yaml.in/yaml/v3"

// places tells where the entries of a users file stand. It comes of a second reading, by a parser that knows lines, and is
// made only where something is wrong: what the file means is said by the first reading alone. The zero value knows nothing.
type places struct {
	root    *yaml.Node   // nil where nothing is known
	entries []*yaml.Node // of the list under the key users
}

// placesIn finds them; nothing in what that parser does not take for a list of users.
func placesIn(data []byte) places {
	document := new(yaml.Node)
	if yaml.Unmarshal(data, document) != nil || len(document.Content) != 1 {
		return places{}
	}
	root := target(document.Content[0])
	found := places{root: root}
	if _, list := field(root, "users"); list != nil && target(list).Kind == yaml.SequenceNode {
		found.entries = target(list).Content
	}
	return found
}

// target is what an alias stands for, or the node itself.
func target(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// field finds a key of a mapping and its value; nil if there is none.
func field(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	if mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// line is that of one of these fields of an entry, the innermost last, or of the entry itself: the best that is known. Lines
// count from 1; zero is for an entry that is not found.
func (p places) line(entry int, path ...string) int {
	if entry >= len(p.entries) {
		return 0
	}
	line, inside := p.entries[entry].Line, target(p.entries[entry])
	for _, name := range path {
		key, value := field(inside, name)
		if key == nil {
			break
		}
		line, inside = key.Line, target(value)
	}
	return line
}

// doubledKeyError is a key that an entry gives a second time.
type doubledKeyError struct {
	name string
	line int
}

func (*doubledKeyError) Error() string { return "the entry gives a key twice" }

// doubledRoot tells whether the file itself gives a key twice.
func (p places) doubledRoot() bool {
	return p.root == nil || p.root.Kind == yaml.MappingNode && secondOf(p.root) != nil
}

// doubled finds the entries that give a key twice, at any depth; nil if there are none.
func (p places) doubled() map[int]*doubledKeyError {
	var found map[int]*doubledKeyError
	known := map[*yaml.Node]*doubledKeyError{}
	for i, entry := range p.entries {
		if key := doubledIn(entry, known); key != nil {
			if found == nil {
				found = map[int]*doubledKeyError{}
			}
			found[i] = key
		}
	}
	return found
}

// doubledIn looks at each node once, however many aliases lead to it: known has those that were looked at.
func doubledIn(node *yaml.Node, known map[*yaml.Node]*doubledKeyError) *doubledKeyError {
	node = target(node)
	if found, ok := known[node]; ok {
		return found
	}
	known[node] = nil // whatever leads back here
	found := secondOf(node)
	for _, part := range node.Content {
		if found != nil {
			break
		}
		found = doubledIn(part, known)
	}
	known[node] = found
	return found
}

// secondOf finds the first key of a mapping that comes a second time.
func secondOf(node *yaml.Node) *doubledKeyError {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	seen := map[string]bool{}
	for i := 0; i < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind == yaml.ScalarNode && seen[key.Value] {
			return &doubledKeyError{key.Value, key.Line}
		}
		seen[key.Value] = true
	}
	return nil
}
