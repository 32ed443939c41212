package index

import "tokenwright.dev/issuer/store"

// Called tells whether the resource owner of a grant had a name when they gave it; folded is what User.Folded makes of it.
func Called(grant *store.Grant, folded store.User) bool {
	return grant.Provider == folded.Provider && grant.User().Folded() == folded
}
