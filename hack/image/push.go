package main

import (
	"context"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push sends the index, tagged with the version, and the lists of modules to a repository, logged in as Docker is. A
// registry that cannot be asked for what refers to an image gets a tag for each list instead.
func (s set) push(ctx context.Context, repository string) error {
	repo, err := name.NewRepository(repository)
	if err != nil {
		return err
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
	if err := remote.WriteIndex(repo.Tag(s.release.version), s.index, options...); err != nil {
		return err
	}
	for _, m := range s.members {
		digest, err := m.referrer.Digest()
		if err != nil {
			return err
		}
		if err := remote.Write(repo.Digest(digest.String()), m.referrer, options...); err != nil {
			return err
		}
	}
	return nil
}
