package fairqueue

import (
	"sync"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Lane says how urgent an object is.
type Lane int

const (
	// Ordinary is for whatever nobody marked.
	Ordinary Lane = iota
	// Ending is for what a namespace takes away, as by a deletion: it comes before the rest of that namespace.
	Ending
	// Platform is for what the platform team changed: it comes before all else. Nothing that a tenant does belongs there.
	Platform
)

// Queue orders objects that wait. Mark is safe for concurrent use; the rest is called by the queue that Build makes.
type Queue struct {
	mu     sync.Mutex
	marks  map[reconcile.Request]Lane // of objects that are about to be added
	stands map[reconcile.Request]Lane // of those that wait
	rounds [2]round                   // of tenants, and of the platform
}

// New makes an empty queue.
func New() *Queue {
	return &Queue{marks: map[reconcile.Request]Lane{}, stands: map[reconcile.Request]Lane{}}
}

// Build is what a controller takes as its NewQueue.
func (q *Queue) Build(name string, limiter workqueue.TypedRateLimiter[reconcile.Request]) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return workqueue.NewTypedRateLimitingQueueWithConfig(limiter, workqueue.TypedRateLimitingQueueConfig[reconcile.Request]{
		Name: name,
		DelayingQueue: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[reconcile.Request]{
			Name:  name,
			Queue: workqueue.NewTypedWithConfig(workqueue.TypedQueueConfig[reconcile.Request]{Name: name, Queue: q}),
		}),
	})
}

// Mark says how urgent request is, before it is added. One that waits already moves up, never down. On nil it does nothing.
func (q *Queue) Mark(lane Lane, request reconcile.Request) {
	if q == nil || lane == Ordinary {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.marks[request] = max(lane, q.marks[request])
}

// Push adds an object that does not wait.
func (q *Queue) Push(request reconcile.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stand(request, q.marks[request])
}

// Touch hears that an object that waits was added again.
func (q *Queue) Touch(request reconcile.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if lane := q.marks[request]; lane > q.stands[request] {
		q.stand(request, lane)
	}
	delete(q.marks, request)
}

// stand puts an object at the end of its line. Where it stood before, if anywhere, it is passed over.
func (q *Queue) stand(request reconcile.Request, lane Lane) {
	delete(q.marks, request)
	q.stands[request] = lane
	q.round(lane).push(request, lane)
}

func (q *Queue) round(lane Lane) *round {
	if lane == Platform {
		return &q.rounds[1]
	}
	return &q.rounds[0]
}

// Len is the number of objects that wait.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.stands)
}

// Presses tells whether anything that the platform changed waits still. On nil nothing does.
func (q *Queue) Presses() bool {
	if q == nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.rounds[1].empty()
}

// Pop takes the next one. It must not be called when none waits.
func (q *Queue) Pop() reconcile.Request {
	q.mu.Lock()
	defer q.mu.Unlock()
	next, ok := q.rounds[1].pop(q.standsIn)
	if !ok {
		next, _ = q.rounds[0].pop(q.standsIn)
	}
	delete(q.stands, next)
	return next
}

// standsIn tells whether an object stands in a lane still.
func (q *Queue) standsIn(request reconcile.Request, lane Lane) bool {
	stands, waits := q.stands[request]
	return waits && stands == lane
}
