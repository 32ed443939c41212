package people

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		tokens[i] = cli.begin(b, username)
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
// client-go: a creation where each code is of somebody else; a creation and the end of another grant where all are of one
// person, who has as many grants as one may have.
func BenchmarkRedeem(b *testing.B) {
	h := newHouse(b)
	cli := h.cli(b)
	cli.begin(b, username)
	var list v1alpha1.TokenGrantList
	if err := h.Client.List(b.Context(), &list); err != nil {
		b.Fatal(err)
	}
	like := &list.Items[0]
	h.invite(b, cli)
	b.Run("many people", func(b *testing.B) {
		var next atomic.Int64
		compareRedeeming(b, func() { create(b, h, like) }, func() { cli.begin(b, guest(int(next.Add(1))%guests)) })
	})
	b.Run("one person", func(b *testing.B) {
		compareRedeeming(b, func() { end(b, h, create(b, h, like)) }, func() { cli.begin(b, username) })
	})
}

func compareRedeeming(b *testing.B, bare, redeem func()) {
	for b.Loop() {
		var ratios []float64
		for range rounds {
			creations := timed(func(int) { bare() })
			redemptions := timed(func(int) { redeem() })
			ratios = append(ratios, creations.Seconds()/redemptions.Seconds())
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "ratio")
	}
}

// guests are so many that none of them gets to the limit of one's grants in a second or two.
const guests = 500

func guest(i int) string { return fmt.Sprintf("guest-%d", i) }

// invite lets the guests in, and waits until the issuer knows them.
func (h *house) invite(b *testing.B, cli *app) {
	b.Helper()
	secret := &corev1.Secret{}
	if err := h.Client.Get(b.Context(), client.ObjectKey{Namespace: stack.Namespace, Name: "staff"}, secret); err != nil {
		b.Fatal(err)
	}
	const key = "users.yaml"
	text := bytes.NewBuffer(secret.Data[key])
	_, hash, _ := strings.Cut(text.String(), "passwordHash: ")
	hash, _, _ = strings.Cut(hash, "\n")
	for i := range guests {
		fmt.Fprintf(text, "- username: %s\n  passwordHash: %s\n", guest(i), hash)
	}
	secret.Data[key] = text.Bytes()
	if err := h.Client.Update(b.Context(), secret); err != nil {
		b.Fatal(err)
	}
	for pause := time.NewTicker(100 * time.Millisecond); ; <-pause.C {
		if _, err := cli.redeem(b, guest(guests-1)); err == nil {
			return
		}
	}
}

func create(b *testing.B, h *house, like *v1alpha1.TokenGrant) *v1alpha1.TokenGrant {
	bare := like.DeepCopy()
	bare.Name, bare.ResourceVersion, bare.UID = "bare-"+strings.ToLower(rand.Text()), "", ""
	if err := h.Client.Create(context.Background(), bare); err != nil {
		b.Error(err)
	}
	return bare
}

func end(b *testing.B, h *house, bare *v1alpha1.TokenGrant) {
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

// begin redeems a code of somebody.
func (a *app) begin(b *testing.B, username string) string {
	b.Helper()
	refreshToken, err := a.redeem(b, username)
	if err != nil {
		b.Error(err)
	}
	return refreshToken
}

// redeem redeems a code of somebody that is sealed as the issuer would, under the ring in its Secret: nobody need log in.
func (a *app) redeem(b *testing.B, username string) (refreshToken string, err error) {
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
		return "", err
	}
	token, err := a.Exchange(a.house.ctx(b), issued.Value, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", err
	}
	return token.RefreshToken, nil
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
