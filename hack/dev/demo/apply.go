package demo

import "context"

func (t *tour) applyPolicy(ctx context.Context) error {
	if err := t.cat("policy.yaml"); err != nil {
		return err
	}
	return t.kubectl(ctx,
		"apply -f policy.yaml",
		"-n tokenwright-system wait --for=condition=Ready tokenpolicy/platform --timeout=30s",
		"-n tokenwright-system get tokenissuers,tokenpolicies",
	)
}

func (t *tour) applyClient(ctx context.Context) error {
	if err := t.cat("client.yaml"); err != nil {
		return err
	}
	return t.kubectl(ctx,
		"apply -f client.yaml",
		"-n orders wait --for=condition=Ready oauthclient/orders --timeout=30s",
	)
}

func (t *tour) showStatus(ctx context.Context) error {
	return t.kubectl(ctx,
		"-n orders get oauthclient orders -o wide",
		"-n orders describe oauthclient orders",
	)
}
