package scrape

import (
	"context"
	"fmt"
	"net/http"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
)

// kubernetes asks the API server. It needs "create" on TokenReviews and on SubjectAccessReviews: see config/metrics.
type kubernetes struct {
	tokens   authenticationclient.TokenReviewInterface
	accesses authorizationclient.SubjectAccessReviewInterface
}

func newKubernetes(config *rest.Config, client *http.Client) (*kubernetes, error) {
	tokens, err := authenticationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	reviews, err := authorizationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	return &kubernetes{tokens: tokens.TokenReviews(), accesses: reviews.SubjectAccessReviews()}, nil
}

func (k *kubernetes) review(ctx context.Context, token string) (verdict, error) {
	who, err := k.tokens.Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: token},
	}, metav1.CreateOptions{})
	if err != nil {
		return unknown, fmt.Errorf("review a token: %w", err)
	}
	if !who.Status.Authenticated { // status.error says why, in words that may hold the token
		return unknown, nil
	}
	may, err := k.accesses.Create(ctx, &authorizationv1.SubjectAccessReview{Spec: asked(who.Status.User)}, metav1.CreateOptions{})
	if err != nil {
		return unknown, fmt.Errorf("review the access of %s: %w", who.Status.User.Username, err)
	}
	if !may.Status.Allowed || may.Status.Denied {
		return forbidden, nil
	}
	return allowed, nil
}

// asked is whether user may get what this server has.
func asked(user authenticationv1.UserInfo) authorizationv1.SubjectAccessReviewSpec {
	extra := make(map[string]authorizationv1.ExtraValue, len(user.Extra))
	for name, values := range user.Extra {
		extra[name] = authorizationv1.ExtraValue(values)
	}
	return authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: "/metrics", Verb: "get"},
	}
}
