// Package tokenpolicy says of each TokenPolicy whether it is in force and how many clients it governs, and keeps its
// last accepted version. What a policy does to a client is the business of the oauthclient reconciler, which is woken by
// the same change.
package tokenpolicy
