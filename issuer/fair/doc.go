// Package fair decides whose turn it is where many owners share a few hands, so that what one of them has to do is never
// another's delay.
//
// It owns the order of turns, the share of the hands that one owner may hold, and the bounds of what waits. It is pure:
// it starts nothing, knows no clock, and does not know what a task is. Whoever has the hands asks it what to do next.
package fair
