package people

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/stack/live"
)

const firstParty = "first-party" // the policy of the samples

// The platform's own application asks nothing, says so wherever somebody looks, and asks as soon as the policy says no more that
// it need not. The command line beside it, which anything can pretend to be, always asks.
func platformAnswers(t *testing.T, h *house) {
	portal := h.appIn(t, "platform", "portal", "https://portal.example/callback", "openid", "profile", "orders:read")
	wantSkipped(t, h)
	browser := issuertest.NewBrowser(t, h.IssuerURL, h.HTTP.Transport)
	verifier := oauth2.GenerateVerifier()
	ask := func() *issuertest.Page {
		address := portal.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))
		return browser.Visit(strings.TrimPrefix(address, h.IssuerURL))
	}
	answer := browser.Submit(ask(), "username", username, "password", password).Answer(t)
	h.Remember("code of "+portal.ClientID, answer.Get("code"))
	token := portal.tokens(t, attempt{code: answer.Get("code"), verifier: verifier})
	name := grantOf(t, token)
	if table := h.kubectl(t, "get", "tokengrants", name, "-o", "wide"); !strings.Contains(table, "GRANTED BY") || !strings.Contains(table, "Platform") {
		t.Errorf("kubectl get tokengrants does not say who granted it:\n%s", table)
	}
	account := browser.Visit("/account")
	if !strings.Contains(account.Body, "Granted by the platform") {
		t.Errorf("the account page does not say who granted it:\n%s", account.Body)
	}
	h.wantDead(t, portal, token, "removed at the account page", func() { browser.Submit(account, "grant", name) })
	again := ask().Answer(t).Get("code")
	h.Remember("code of "+portal.ClientID, again)
	if again == "" {
		t.Error("the next visit got no code")
	}
	commandLineAsks(t, h, browser)
	h.require(t, v1alpha1.ConsentRequired)
	h.Until(t, live.Patience, "a question", func(context.Context) (live.Answer, error) {
		page := ask()
		return live.Answer{Status: page.Status}, nil
	}, func(answer live.Answer) bool { return answer.Status == http.StatusOK }) // no redirect to the application
	h.require(t, v1alpha1.ConsentSkip)
}

// wantSkipped reads the outcome where its owner would.
func wantSkipped(t *testing.T, h *house) {
	t.Helper()
	oc := &v1alpha1.OAuthClient{}
	if err := h.Client.Get(t.Context(), types.NamespacedName{Namespace: "platform", Name: "portal"}, oc); err != nil {
		t.Fatal(err)
	}
	is := oc.Status.Effective.Consent
	if is == nil || is.Value != v1alpha1.ConsentSkip || is.DecidedBy != stack.Namespace+"/"+firstParty || len(is.SkippedScopes) != 4 {
		t.Errorf("status.effective.consent is %+v", is)
	}
}

func commandLineAsks(t *testing.T, h *house, browser *issuertest.Browser) {
	t.Helper()
	cli := h.appIn(t, "platform", "kubectl", "http://localhost:8000", "openid", "groups")
	address := cli.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	if page := browser.Visit(strings.TrimPrefix(address, h.IssuerURL)); page.Left != nil || !strings.Contains(page.Body, "Allow") {
		t.Errorf("kubectl is not asked about: sent to %v", page.Left)
	}
}

// require changes what the policy says.
func (h *house) require(t *testing.T, rule v1alpha1.ConsentRule) {
	t.Helper()
	tp := &v1alpha1.TokenPolicy{}
	tp.Namespace, tp.Name = stack.Namespace, firstParty
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"consent":"`+string(rule)+`"}}`))
	if err := h.Client.Patch(t.Context(), tp, patch); err != nil {
		t.Fatal(err)
	}
}
