// Package gitops proves that GitOps tools need no help with the kinds of Tokenwright. Argo CD's judge is the script of
// config/argocd, run by the Lua that Argo CD runs; Flux's judge is kstatus. They judge objects as a real API server
// recorded them, and in each state of a story. The same YAML, applied again, changes nothing after the operator has run.
package gitops
