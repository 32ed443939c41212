// Package condition builds the conditions of all kinds alike: observedGeneration, stable transition times, one Ready that
// sums up the others, Stalled while only a user can help, and Reconciling while nobody needs to. It does not know any kind.
package condition
