package fair

import (
	"slices"
	"time"
)

// Limits bound a Queue. Each must be at least 1.
type Limits struct {
	// Waiting bounds the tasks that wait, those of all owners together; WaitingPerOwner bounds those of one.
	Waiting, WaitingPerOwner int
	// Hands is how many tasks are under way at a time.
	Hands int
}

// Queue holds tasks that wait, and knows which are under way. Owners take turns. An owner gets another hand only while
// more hands are free than it holds: alone it may hold half of them, the next one half of the rest, so there is one left
// for somebody who has none until many owners want many. It is not safe for concurrent use.
type Queue[T any] struct {
	limits  Limits
	lines   []*line[T] // of owners with tasks; whose turn it is comes first
	waiting int
	busy    int
}

// line is what one owner has: tasks that wait, in the order in which they came or were put off, and hands.
type line[T any] struct {
	owner   string
	waiting []*Task[T]
	busy    int
}

// Task is one piece of an owner's work.
type Task[T any] struct {
	// Value is what is to be done.
	Value T

	line      *line[T]
	putOff    bool // it was under way before
	notBefore time.Time
}

// New makes an empty queue.
func New[T any](limits Limits) *Queue[T] { return &Queue[T]{limits: limits} }

// Add lets a task of owner wait for a hand. Where that is one too many, a task is dropped and returned, which may be the
// new one: see crowdOut.
func (q *Queue[T]) Add(owner string, value T) (dropped T, crowded bool) {
	return q.wait(&Task[T]{Value: value, line: q.lineOf(owner)})
}

// Take gives a hand to the next task that is due at now, if there is one and its owner may have another hand. Whoever
// takes a task gives the hand back by Done or PutOff.
func (q *Queue[T]) Take(now time.Time) (*Task[T], bool) {
	for i, l := range q.lines {
		if l.busy >= q.limits.Hands-q.busy {
			continue
		}
		due := slices.IndexFunc(l.waiting, func(t *Task[T]) bool { return !t.notBefore.After(now) })
		if due < 0 {
			continue
		}
		task := l.remove(due)
		q.waiting, q.busy, l.busy = q.waiting-1, q.busy+1, l.busy+1
		q.lines = append(slices.Delete(q.lines, i, i+1), l) // the others come first the next time
		return task, true
	}
	return nil, false
}

// Done gives back the hand of a task that has ended.
func (q *Queue[T]) Done(task *Task[T]) {
	q.release(task)
	q.prune(task.line)
}

// PutOff gives back the hand of a task that is to go on at a later time, and lets it wait for that. Where that is one too
// many, a task is dropped and returned, as by Add.
func (q *Queue[T]) PutOff(task *Task[T], until time.Time) (dropped T, crowded bool) {
	q.release(task)
	task.putOff, task.notBefore = true, until
	return q.wait(task)
}

// Due is the next time after now at which a task that was put off may go on; false if none was.
func (q *Queue[T]) Due(now time.Time) (at time.Time, ok bool) {
	for _, l := range q.lines {
		for _, t := range l.waiting {
			if t.notBefore.After(now) && (!ok || t.notBefore.Before(at)) {
				at, ok = t.notBefore, true
			}
		}
	}
	return at, ok
}

// Waiting is how many tasks wait for a hand, or for their time.
func (q *Queue[T]) Waiting() int { return q.waiting }

// Empty tells whether nothing waits and nothing is under way.
func (q *Queue[T]) Empty() bool { return q.waiting == 0 && q.busy == 0 }

// wait puts a task at the end of its owner's line.
func (q *Queue[T]) wait(task *Task[T]) (dropped T, crowded bool) {
	task.line.waiting = append(task.line.waiting, task)
	q.waiting++
	victim := q.crowdOut(task.line)
	if victim == nil {
		return dropped, false
	}
	lost := victim.remove(victim.leastWorth())
	q.waiting--
	q.prune(victim)
	return lost.Value, true
}

// crowdOut is the line that must lose a task since one was added to grown; nil if none must. It is that of the owner who
// has the most waiting, so that nobody who has little loses anything by another's noise.
func (q *Queue[T]) crowdOut(grown *line[T]) *line[T] {
	if len(grown.waiting) > q.limits.WaitingPerOwner {
		return grown
	}
	if q.waiting <= q.limits.Waiting {
		return nil
	}
	longest := grown
	for _, l := range q.lines {
		if len(l.waiting) > len(longest.waiting) {
			longest = l
		}
	}
	return longest
}

// leastWorth is the place of the task that an owner would rather lose: one that has failed before, since it may well fail
// again, or else the one that waits the longest, since its news is the oldest.
func (l *line[T]) leastWorth() int {
	return max(0, slices.IndexFunc(l.waiting, func(t *Task[T]) bool { return t.putOff }))
}

func (l *line[T]) remove(i int) *Task[T] {
	task := l.waiting[i]
	l.waiting = slices.Delete(l.waiting, i, i+1)
	return task
}

func (q *Queue[T]) release(task *Task[T]) { q.busy, task.line.busy = q.busy-1, task.line.busy-1 }

// lineOf is the line of owner; a new one comes last.
func (q *Queue[T]) lineOf(owner string) *line[T] {
	if i := slices.IndexFunc(q.lines, func(l *line[T]) bool { return l.owner == owner }); i >= 0 {
		return q.lines[i]
	}
	l := &line[T]{owner: owner}
	q.lines = append(q.lines, l)
	return l
}

// prune forgets an owner who has nothing left.
func (q *Queue[T]) prune(l *line[T]) {
	if len(l.waiting) == 0 && l.busy == 0 {
		q.lines = slices.DeleteFunc(q.lines, func(other *line[T]) bool { return other == l })
	}
}
