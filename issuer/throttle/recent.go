package throttle

// recent holds a value for each key, for the keys that were used last: the one that was not used for longest makes room
// for a new one. It is not safe for concurrent use.
type recent[V any] struct {
	size   int
	places map[string]*place[V]
	root   place[V] // of a ring: next is the latest, previous the oldest
}

type place[V any] struct {
	key            string
	value          V
	previous, next *place[V]
}

// newRecent makes room for at most size keys.
func newRecent[V any](size int) *recent[V] {
	r := &recent[V]{size: size, places: map[string]*place[V]{}}
	r.root.previous, r.root.next = &r.root, &r.root
	return r
}

// of is the value of key, to be changed at will; one that fresh makes for a key that is not there.
func (r *recent[V]) of(key string, fresh func() V) *V {
	p, ok := r.places[key]
	if ok {
		p.leave()
	} else {
		if len(r.places) >= r.size {
			r.forget(r.root.previous.key)
		}
		p = &place[V]{key: key, value: fresh()}
		r.places[key] = p
	}
	p.enter(&r.root)
	return &p.value
}

// forget makes room of key, whether it is there or not.
func (r *recent[V]) forget(key string) {
	if p, ok := r.places[key]; ok {
		delete(r.places, key)
		p.leave()
	}
}

func (p *place[V]) leave() { p.previous.next, p.next.previous = p.next, p.previous }

func (p *place[V]) enter(root *place[V]) {
	p.previous, p.next = root, root.next
	p.previous.next, p.next.previous = p, p
}
