// Package condition builds the conditions of all kinds alike: observedGeneration, stable transition times, one Ready that
// sums up the others, and Stalled while only a user can help. It does not know any kind.
package condition
