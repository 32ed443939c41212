package fairqueue

import "sigs.k8s.io/controller-runtime/pkg/reconcile"

// round serves the lines of namespaces in turn. Its zero value is empty.
type round struct {
	lines map[string]*line
	turns fifo[*line]
}

// line is who waits of one namespace.
type line struct {
	namespace string
	lanes     [Platform + 1]fifo[reconcile.Request]
}

func (r *round) empty() bool { return r.turns.len() == 0 }

// push puts an object at the end of its namespace's lane. A namespace of which nobody waited comes after all others.
func (r *round) push(request reconcile.Request, lane Lane) {
	if r.lines == nil {
		r.lines = map[string]*line{}
	}
	l := r.lines[request.Namespace]
	if l == nil {
		l = &line{namespace: request.Namespace}
		r.lines[request.Namespace] = l
		r.turns.push(l)
	}
	l.lanes[lane].push(request)
}

// pop takes the most urgent of the namespace whose turn it is, which then comes after all others. Who stands elsewhere by now
// is passed over, and costs nobody a turn. It reports false when nobody stands here.
func (r *round) pop(stands func(reconcile.Request, Lane) bool) (reconcile.Request, bool) {
	for !r.empty() {
		l := r.turns.pop()
		request, found := l.pop(stands)
		if l.empty() {
			delete(r.lines, l.namespace)
		} else {
			r.turns.push(l)
		}
		if found {
			return request, true
		}
	}
	return reconcile.Request{}, false
}

func (l *line) empty() bool {
	for lane := range l.lanes {
		if l.lanes[lane].len() > 0 {
			return false
		}
	}
	return true
}

// pop takes the most urgent of those who stand in the line.
func (l *line) pop(stands func(reconcile.Request, Lane) bool) (reconcile.Request, bool) {
	for lane := Platform; lane >= Ordinary; lane-- {
		for l.lanes[lane].len() > 0 {
			if request := l.lanes[lane].pop(); stands(request, lane) {
				return request, true
			}
		}
	}
	return reconcile.Request{}, false
}

// fifo is first in, first out, in constant time. Its zero value is empty.
type fifo[T any] struct {
	items []T
	next  int
}

func (f *fifo[T]) len() int { return len(f.items) - f.next }

func (f *fifo[T]) push(item T) { f.items = append(f.items, item) }

func (f *fifo[T]) pop() T {
	var none T
	item := f.items[f.next]
	f.items[f.next] = none
	f.next++
	if f.next*2 >= len(f.items) {
		kept := copy(f.items, f.items[f.next:])
		clear(f.items[kept:])
		f.items, f.next = f.items[:kept], 0
	}
	return item
}
