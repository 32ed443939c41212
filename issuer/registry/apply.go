package registry

// Apply takes a version of a registration from the watch. Without a Client the registration is there and cannot be read.
func (r *Registry) Apply(u Update) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = max(r.seen, u.Version)
	if u.Version >= r.known[u.Name].version {
		r.put(u)
	}
}

// Delete takes the end of a registration from the watch.
func (r *Registry) Delete(name string, version uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = max(r.seen, version)
	old, ok := r.known[name]
	if !ok || old.version > version {
		return
	}
	delete(r.known, name)
	r.changes++
	if old.client != nil {
		r.publish(r.current.Load().with(old.client, nil))
	}
}

// Passed notes that the watch has delivered all versions up to this one.
func (r *Registry) Passed(version uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = max(r.seen, version)
}

// Replace takes the complete list of registrations as of version. What a live read has found since stays; but if version
// is older than what the watch has delivered, the cluster was restored from a backup, and the list alone is true.
func (r *Registry) Replace(list []Update, version uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := make(map[string]entry, len(list))
	for _, u := range list {
		known[u.Name] = entry{u.Version, u.Client}
	}
	if version >= r.seen {
		for name, e := range r.known {
			if e.version > max(version, known[name].version) {
				known[name] = e
			}
		}
	}
	r.known, r.seen, r.told.secrets = known, version, true
	r.publish(r.current.Load().only(known))
}

// offer takes a version of a registration from a live read. It reports whether that was news: a version that the watch
// has passed without leaving it in place was deleted since, and must not come back.
func (r *Registry) offer(u Update) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.known[u.Name]
	if u.Version <= old.version || (!ok && u.Version <= r.seen) {
		return false
	}
	r.put(u)
	return true
}

func (r *Registry) put(u Update) {
	old := r.known[u.Name].client
	r.known[u.Name] = entry{u.Version, u.Client}
	r.changes++
	if old != nil || u.Client != nil {
		r.publish(r.current.Load().with(old, u.Client))
	}
}
