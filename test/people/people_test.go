package people

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/stack/live"
)

func TestPeople(t *testing.T) {
	h := newHouse(t)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *house)
	}{
		{"somebody logs in to a web app", webApp},
		{"a command line rotates its refresh tokens", commandLine},
		{"visits write nothing", visitsWriteNothing},
		{"grants are there to be read", grantsReadWell},
		{"an administrator deletes a grant", grantDeleted},
		{"an administrator revokes a session", sessionRevoked},
		{"the platform answers for its own application", platformAnswers},
		{"an administrator revokes a person by name", personRevoked},
		{"kube-apiserver knows somebody's groups", kubectl},
		{"nobody can log in for a while", nobodyLogsIn},
		{"one code is redeemed by many", codeRace},
		{"one refresh token is used by many", refreshRace},
		{"a replica dies between store and answer", replicaDies},
		{"the API server goes away", apiServerAway},
		{"the issuer moves to another host", issuerMoves},
		{"secrets stay secret", secretsStaySecret},
	} {
		if !t.Run(story.name, func(t *testing.T) { story.tell(t, h) }) {
			t.Fatal("the stories build on each other")
		}
	}
}

// The ID token is verified by go-oidc, by its defaults: RS256.
func webApp(t *testing.T, h *house) {
	shop := h.shop(t)
	tried := shop.logIn(t)
	token := shop.tokens(t, tried)
	id, err := shop.verifier.Verify(h.ctx(t), token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != tried.nonce || !strings.HasPrefix(id.Subject, "usr_") {
		t.Errorf("nonce %q, subject %q", id.Nonce, id.Subject)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("OI-06 at_hash: %v", err)
	}
	info, err := shop.provider.UserInfo(h.ctx(t), oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	if info.Subject != id.Subject || info.Email != "alice@example.org" || !info.EmailVerified {
		t.Errorf("userinfo %+v", info)
	}
	again, err := shop.at(h.ReplicaURL).refresh(t, token.RefreshToken)
	if err != nil || again.AccessToken == token.AccessToken {
		t.Errorf("refresh at the other replica: %v", err)
	}
}

// RT-04, RT-06 over two replicas: the former token gets the same place in the row within the grace.
func commandLine(t *testing.T, h *house) {
	cli := h.cli(t)
	first := cli.tokens(t, cli.logIn(t))
	second, err := cli.refresh(t, first.RefreshToken)
	if err != nil || second.RefreshToken == first.RefreshToken {
		t.Fatalf("rotation: %v", err)
	}
	replayed, err := cli.at(h.ReplicaURL).refresh(t, first.RefreshToken)
	if err != nil {
		t.Fatalf("the answer was lost, and asked for again at the other replica: %v", err)
	}
	if _, err := cli.refresh(t, replayed.RefreshToken); err != nil {
		t.Errorf("the token of the second answer: %v", err)
	}
}

// Whoever has not logged in leaves no trace in the store.
func visitsWriteNothing(t *testing.T, h *house) {
	count := func() int {
		var grants v1alpha1.TokenGrantList
		var marks v1alpha1.TokenMarkList
		for _, list := range []client.ObjectList{&grants, &marks} {
			if err := h.Client.List(t.Context(), list); err != nil {
				t.Fatal(err)
			}
		}
		return len(grants.Items) + len(marks.Items)
	}
	before := count()
	shop := h.shop(t)
	for i := range 20 {
		browser := issuertest.NewBrowser(t, h.IssuerURL, h.HTTP.Transport)
		address := shop.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
		page := browser.Visit(strings.TrimPrefix(address, h.IssuerURL))
		if i < 3 {
			browser.Submit(page, "username", username, "password", "a guess")
		}
	}
	if after := count(); after != before {
		t.Errorf("%d objects before, %d after visits alone", before, after)
	}
}

// kubectl runs the kubectl of the control plane as an administrator.
func (h *house) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), h.Kubectl(), append([]string{"--kubeconfig=" + h.Kubeconfig, "--namespace=" + stack.Namespace}, args...)...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func grantsReadWell(t *testing.T, h *house) {
	shop := h.shop(t)
	name := grantOf(t, shop.tokens(t, shop.logIn(t)))
	table := h.kubectl(t, "get", "tokengrants", name)
	for _, want := range []string{shop.ClientID, username, "openid"} {
		if !strings.Contains(table, want) {
			t.Errorf("kubectl get tokengrants does not show %q:\n%s", want, table)
		}
	}
	t.Log("\n" + table)
}

// wantDead waits until neither replica takes the tokens any more, and logs how long that took.
func (h *house) wantDead(t *testing.T, a *app, token *oauth2.Token, what string, end func()) {
	t.Helper()
	for _, base := range []string{h.IssuerURL, h.ReplicaURL} {
		if answer, err := h.userinfo(t.Context(), base, token.AccessToken); err != nil || answer.Status != http.StatusOK {
			t.Fatalf("before: %s (%v)", answer.Says(), err)
		}
	}
	began := time.Now()
	end()
	for _, base := range []string{h.IssuerURL, h.ReplicaURL} {
		h.Until(t, live.Patience, "the access token to be refused", func(ctx context.Context) (live.Answer, error) {
			return h.userinfo(ctx, base, token.AccessToken)
		}, func(answer live.Answer) bool { return answer.Status == http.StatusUnauthorized })
	}
	t.Logf("%s: refused by both replicas after %v", what, time.Since(began).Round(time.Millisecond))
	if _, err := a.refresh(t, token.RefreshToken); err == nil {
		t.Errorf("%s: the refresh token still works", what)
	}
}

func grantDeleted(t *testing.T, h *house) {
	shop := h.shop(t)
	tried := shop.logIn(t)
	token := shop.tokens(t, tried)
	h.wantDead(t, shop, token, "kubectl delete tokengrant", func() {
		h.kubectl(t, "delete", "tokengrant", grantOf(t, token), "--wait=false")
	})
	if _, err := shop.at(h.ReplicaURL).Exchange(h.ctx(t), tried.code, oauth2.VerifierOption(tried.verifier)); err == nil {
		t.Error("the code of a deleted grant was redeemed again")
	}
}

func sessionRevoked(t *testing.T, h *house) {
	shop := h.shop(t)
	token := shop.tokens(t, shop.logIn(t))
	id, err := shop.verifier.Verify(h.ctx(t), token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		SessionID string `json:"sid"`
	}
	if err := id.Claims(&claims); err != nil || claims.SessionID == "" {
		t.Fatalf("OI-23: no sid in the ID token: %v", err)
	}
	revocation := &v1alpha1.TokenRevocation{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "incident-1"}}
	revocation.Spec.IssuerName = stack.DefaultIssuer
	revocation.Spec.SessionID = claims.SessionID
	revocation.Spec.IssuedBefore = metav1.NewTime(id.IssuedAt.Add(time.Second))
	revocation.Spec.ExpiresAt = metav1.NewTime(time.Now().Add(time.Hour))
	h.wantDead(t, shop, token, "TokenRevocation", func() {
		if err := h.Client.Create(t.Context(), revocation); err != nil {
			t.Fatal(err)
		}
	})
}

// TK-08: of many redemptions over both replicas one is answered, and then what it bought is dead.
func codeRace(t *testing.T, h *house) {
	shop := h.shop(t)
	tried := shop.logIn(t)
	var (
		mu      sync.Mutex
		bought  []*oauth2.Token
		running sync.WaitGroup
	)
	for i := range 12 {
		at := shop.at([]string{h.IssuerURL, h.ReplicaURL}[i%2])
		running.Go(func() {
			token, err := at.Exchange(h.ctx(t), tried.code, oauth2.VerifierOption(tried.verifier))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				bought = append(bought, token)
				shop.remember(token)
			} else if refusal, ok := refused(err); !ok || refusal.ErrorCode != "invalid_grant" {
				t.Errorf("redemption %d: %v", i, err)
			}
		})
	}
	running.Wait()
	if len(bought) != 1 {
		t.Fatalf("%d redemptions were answered, want 1", len(bought))
	}
	if _, err := shop.refresh(t, bought[0].RefreshToken); err == nil {
		t.Error("the grant outlived the second use of its code")
	}
}

// RT-08: many at once inside the grace, over both replicas: all go on, with one next token.
func refreshRace(t *testing.T, h *house) {
	cli := h.cli(t)
	first := cli.tokens(t, cli.logIn(t))
	next := make(chan *oauth2.Token, 12)
	var running sync.WaitGroup
	for i := range cap(next) {
		at := cli.at([]string{h.IssuerURL, h.ReplicaURL}[i%2])
		running.Go(func() {
			token, err := at.refresh(t, first.RefreshToken)
			if err != nil {
				t.Errorf("refresh %d: %v", i, err)
				return
			}
			next <- token
		})
	}
	running.Wait()
	close(next)
	if token, ok := <-next; ok { // whichever the application kept, it goes on
		if _, err := cli.refresh(t, token.RefreshToken); err != nil {
			t.Errorf("the next token: %v", err)
		}
	}
}

// RT-09: a replica is killed while it answers. Whatever it had stored, the application goes on at the other one.
func replicaDies(t *testing.T, h *house) {
	cli := h.cli(t)
	current := cli.tokens(t, cli.logIn(t)).RefreshToken
	for round := range 3 {
		asked := make(chan *oauth2.Token, 1)
		go func() {
			token, _ := cli.at(h.ReplicaURL).refresh(t, current)
			asked <- token
		}()
		pause := time.NewTimer(time.Duration(round) * 4 * time.Millisecond) // to be killed at different points of the way
		<-pause.C
		if err := h.Replica.Kill(); err != nil {
			t.Fatal(err)
		}
		if answered := <-asked; answered != nil {
			current = answered.RefreshToken
		}
		token, err := cli.refresh(t, current)
		if err != nil {
			t.Fatalf("round %d, at the other replica: %v", round, err)
		}
		current = token.RefreshToken
		if err := h.StartReplica(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// away is for how long the API server is away: longer than what a client, a watch or a connection would wait for it.
const away = 30 * time.Second

// TK-16, RV-08: what need not be stored goes on, what must be asks to be tried again, and nothing is lost.
func apiServerAway(t *testing.T, h *house) {
	shop, cli := h.shop(t), h.cli(t)
	stays, rotates := shop.tokens(t, shop.logIn(t)), cli.tokens(t, cli.logIn(t))
	waiting, since := shop.logIn(t), time.Now()
	if err := h.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	for second := time.NewTicker(time.Second); time.Since(since) < away; <-second.C {
		if _, err := shop.refresh(t, stays.RefreshToken); err != nil {
			t.Fatalf("a refresh token that does not rotate: %v", err)
		}
	}
	_, err := cli.refresh(t, rotates.RefreshToken)
	wantUnavailable(t, "a rotation", err)
	_, err = shop.Exchange(h.ctx(t), waiting.code, oauth2.VerifierOption(waiting.verifier))
	wantUnavailable(t, "a code", err)
	if err := h.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	if _, err := cli.refresh(t, rotates.RefreshToken); err != nil {
		t.Errorf("after it is back, the rotation: %v", err)
	}
	_, err = shop.Exchange(h.ctx(t), waiting.code, oauth2.VerifierOption(waiting.verifier))
	if waited := time.Since(since); err != nil && waited < grant.CodeLifetime {
		t.Errorf("after it is back, %v after the login, the code: %v", waited, err)
	}
}

func wantUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	refusal, ok := refused(err)
	if !ok || refusal.Response.StatusCode != http.StatusServiceUnavailable || refusal.Response.Header.Get("Retry-After") == "" {
		t.Errorf("%s while the API server is away: %v, want 503 with Retry-After", what, err)
	}
}

// no code, token, verifier or password in any log, and none in any object but sealed.
func secretsStaySecret(t *testing.T, h *house) {
	h.Remember("password", password)
	logs := map[string]string{"operator": h.Operator.Logs(), "issuer": h.Issuer.Logs(), "second replica": h.Replica.Logs()}
	for _, kind := range []client.ObjectList{&v1alpha1.TokenGrantList{}, &v1alpha1.TokenRevocationList{}, &v1alpha1.IssuerReportList{}} {
		if err := h.Client.List(t.Context(), kind); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(kind)
		if err != nil {
			t.Fatal(err)
		}
		logs[fmt.Sprintf("%T", kind)] = string(text)
	}
	for where, text := range logs {
		if leaks := h.Leaks(text); len(leaks) > 0 {
			t.Errorf("%s holds the %s", where, strings.Join(leaks, ", the "))
		}
	}
	if !strings.Contains(h.Issuer.Logs(), `"login.succeeded"`) || !strings.Contains(h.Issuer.Logs(), `"authorization.granted"`) {
		t.Error("the log does not tell of logins")
	}
}
