// Package v1alpha1 is the API of Tokenwright: what users write, and what the operator answers in status.
//
// It owns the shape of each kind, the bounds of each field and the rules between fields (CEL, each with a message that
// says what to write instead). It knows nothing of how they are enforced: issuer/policy compiles them, controllers/
// reconciles them. Nothing here has a schema default, so that what Git holds is what the cluster holds; the built-in
// value of an absent field is named in its comment.
//
// +kubebuilder:object:generate=true
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package=applyconfiguration
// +groupName=oauth.tokenwright.dev
package v1alpha1
