// Package workload says what runs a TokenIssuer in the cluster: the Deployment and the objects around it, as apply
// configurations, each a pure function of the TokenIssuer.
//
// It owns their form: names, labels, the hardened Pod, what a user's patch of it may change, and what a certificate must
// be. It does not know how they get to the API server, nor when (controllers/tokenissuer).
package workload
