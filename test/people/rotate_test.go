package people

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
)

// So many clients at a time, each of which refreshes so often in a round.
const (
	atATime  = 16
	perRound = 60
	rounds   = 5
)

// BenchmarkRotate compares refreshing tokens that rotate, over TLS and with the Kubernetes store, with bare updates of the
// same objects by client-go: the budget is eight tenths of their rate. Both share the machine with the API server.
func BenchmarkRotate(b *testing.B) {
	h := newHouse(b)
	cli := h.cli(b)
	tokens := make([]string, atATime)
	for i := range tokens {
		tokens[i] = cli.begin(b)
	}
	bare := bareGrants(b, h)
	for b.Loop() {
		var ratios []float64
		for range rounds {
			updates := timed(func(i int) { update(b, h, bare[i]) })
			refreshes := timed(func(i int) { tokens[i] = cli.rotate(b, tokens[i]) })
			ratios = append(ratios, updates.Seconds()/refreshes.Seconds())
			b.ReportMetric(atATime*perRound/updates.Seconds(), "bare-updates/s")
			b.ReportMetric(atATime*perRound/refreshes.Seconds(), "refreshes/s")
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "ratio")
	}
}

// BenchmarkRedeem compares redeeming codes, over TLS and with the Kubernetes store, with the bare writes that this makes, by
// client-go. The codes are of one person, who has as many grants as one may have, so for each creation another one is revoked.
func BenchmarkRedeem(b *testing.B) {
	h := newHouse(b)
	cli := h.cli(b)
	cli.begin(b)
	var list v1alpha1.TokenGrantList
	if err := h.Client.List(b.Context(), &list); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var ratios []float64
		for range rounds {
			creations := timed(func(int) { create(b, h, &list.Items[0]) })
			redemptions := timed(func(int) { cli.begin(b) })
			ratios = append(ratios, creations.Seconds()/redemptions.Seconds())
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "ratio")
	}
}

func create(b *testing.B, h *house, like *v1alpha1.TokenGrant) {
	bare := like.DeepCopy()
	bare.Name, bare.ResourceVersion, bare.UID = "bare-"+strings.ToLower(rand.Text()), "", ""
	if err := h.Client.Create(context.Background(), bare); err != nil {
		b.Error(err)
		return
	}
	bare.Spec.RevokedAt = metav1.Now()
	update(b, h, bare)
}

// timed does something perRound times for each client.
func timed(do func(i int)) time.Duration {
	began := time.Now()
	var running sync.WaitGroup
	for i := range atATime {
		running.Go(func() {
			for range perRound {
				do(i)
			}
		})
	}
	running.Wait()
	return time.Since(began)
}

// begin redeems a code that is sealed as the issuer would, under the ring in its Secret: no person is needed.
func (a *app) begin(b *testing.B) string {
	b.Helper()
	a.once.Do(func() { a.uid, a.sealer = a.house.uid(b), a.house.sealer(b) })
	verifier, now := oauth2.GenerateVerifier(), time.Now()
	code := grant.Code{
		ID: rand.Text(), ClientID: a.ClientID, ClientUID: a.uid, RedirectURI: a.RedirectURL,
		Challenge: oauth2.S256ChallengeFromVerifier(verifier), Scopes: []string{"orders:read"}, Resources: []string{"https://orders.example"},
		Subject: login.Subject("staff", username), Username: username, Provider: "staff", SessionID: rand.Text(),
		AuthTime: now.Unix(), Issued: now.Unix(),
	}
	issued, err := code.Issue(b.Context(), grant.Parking{Sealer: a.sealer}, now)
	if err != nil {
		b.Error(err)
		return ""
	}
	token, err := a.Exchange(a.house.ctx(b), issued.Value, oauth2.VerifierOption(verifier))
	if err != nil {
		b.Error(err)
		return ""
	}
	return token.RefreshToken
}

// uid is that of the client that the benchmarks use.
func (h *house) uid(b *testing.B) string {
	b.Helper()
	oc := &v1alpha1.OAuthClient{}
	if err := h.Client.Get(b.Context(), client.ObjectKey{Namespace: "team-shop", Name: "orders-cli"}, oc); err != nil {
		b.Fatal(err)
	}
	return string(oc.UID)
}

func (h *house) sealer(b *testing.B) *seal.Sealer {
	b.Helper()
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: stack.Namespace, Name: registration.SealingRingName(stack.DefaultIssuer)}
	if err := h.Client.Get(b.Context(), key, secret); err != nil {
		b.Fatal(err)
	}
	ring, err := keys.DecodeRing(secret.Data[registration.RingDataKey])
	if err != nil {
		b.Fatal(err)
	}
	sealer, err := seal.New(ring, h.IssuerURL)
	if err != nil {
		b.Fatal(err)
	}
	return sealer
}

func (a *app) rotate(b *testing.B, token string) string {
	next, err := a.refresh(b, token)
	if err != nil {
		b.Error(err)
		return token
	}
	return next.RefreshToken
}

// bareGrants are the objects that the bare updates change: as many as there are clients.
func bareGrants(b *testing.B, h *house) []*v1alpha1.TokenGrant {
	b.Helper()
	var list v1alpha1.TokenGrantList
	if err := h.Client.List(b.Context(), &list); err != nil {
		b.Fatal(err)
	}
	var out []*v1alpha1.TokenGrant
	for i := range list.Items[:atATime] {
		bare := list.Items[i].DeepCopy()
		bare.ObjectMeta = *bare.ObjectMeta.DeepCopy()
		bare.Name, bare.ResourceVersion, bare.UID = "bare-"+bare.Name[:20], "", ""
		if err := h.Client.Create(b.Context(), bare); err != nil {
			b.Fatal(err)
		}
		out = append(out, bare)
	}
	return out
}

func update(b *testing.B, h *house, object *v1alpha1.TokenGrant) {
	object.Spec.Sequence++
	if err := h.Client.Update(context.Background(), object); err != nil {
		b.Error(err)
	}
}
