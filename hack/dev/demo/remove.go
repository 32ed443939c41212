package demo

import (
	"context"
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// promise is how long a credential may outlive the deletion of its client.
const promise = time.Second

// remove deletes the client while the application goes on asking for tokens, and measures from the moment
// that the API server took the deletion to the first refusal.
func (t *tour) remove(ctx context.Context) error {
	deleted, err := t.deletion(ctx)
	if err != nil {
		return err
	}
	refused := make(chan refusal, 1)
	go func() { refused <- t.refusal(ctx) }()
	if err := t.kubectl(ctx, "-n orders delete oauthclient orders"); err != nil {
		return err
	}
	last := <-refused
	if last.err != nil {
		return last.err
	}
	life := last.at.Sub(<-deleted)
	if _, err := t.showRequest(ctx, clientCredentials); err != nil {
		return err
	}
	t.out.say("\nThe first refusal came %d ms after the API server took the deletion.", life.Milliseconds())
	if life > promise {
		return fmt.Errorf("the credential outlived its client by %v, expected at most %v", life, promise)
	}
	return nil
}

// refusal is when the token endpoint first refused the credential.
type refusal struct {
	at  time.Time
	err error
}

func (t *tour) refusal(ctx context.Context) refusal {
	got, err := t.requestUntil(ctx, func(got token) bool { return got.status == http.StatusUnauthorized })
	if err == nil && got.Error != "invalid_client" {
		err = fmt.Errorf("got 401 %q, expected invalid_client", got.Error)
	}
	return refusal{time.Now(), err}
}

// deletion tells when the client has been marked for deletion; at the zero time if that was missed.
func (t *tour) deletion(ctx context.Context) (<-chan time.Time, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Group: "oauth.tokenwright.dev", Version: "v1alpha1", Kind: "OAuthClientList"})
	events, err := t.stack.Client.Watch(ctx, list, client.InNamespace("orders"))
	if err != nil {
		return nil, err
	}
	marked := make(chan time.Time, 1)
	go func() {
		defer close(marked)
		defer events.Stop()
		for event := range events.ResultChan() {
			if object, ok := event.Object.(metav1.Object); ok && object.GetDeletionTimestamp() != nil {
				marked <- time.Now()
				return
			}
		}
	}()
	return marked, nil
}
