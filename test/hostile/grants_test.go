package hostile

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// mostGrants is how many grants one person can have with one client.
const mostGrants = 32

// manyGrants lets one person with one session go through the same application again and again, at both replicas.
func (s *street) manyGrants(t *testing.T, _ *world) {
	browser := s.browser(t, "192.0.2.30")
	var tokens []*oauth2.Token
	for i := range mostGrants + 8 {
		base := []string{s.IssuerURL, s.ReplicaURL}[i%2]
		tokens = append(tokens, s.web.at(base).logIn(t, browser, alice))
		if i == 0 { // times are kept to the second: the first grant is to be the oldest
			<-time.After(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		}
	}
	count := 0
	s.within(t, "at most so many grants", func() bool {
		count = len(s.grantsOf(t, alice, s.web.ClientID))
		return count <= mostGrants
	})
	s.figures.note("grants", "of one person and client, of", len(tokens), "logins", count)
	if err := s.web.refresh(t, tokens[len(tokens)-1]); err != nil {
		t.Errorf("the latest grant ended: %v", err)
	}
	if err := s.web.refresh(t, tokens[0]); err == nil {
		t.Error("the grant that was not used for longest is still good")
	}
}

// grantsOf are the grants of somebody with a client that are not revoked; of all clients, if that is empty.
func (s *street) grantsOf(t *testing.T, username, clientID string) []v1alpha1.TokenGrant {
	t.Helper()
	var all v1alpha1.TokenGrantList
	if err := s.Client.List(t.Context(), &all, client.InNamespace(stack.Namespace)); err != nil {
		t.Fatal(err)
	}
	var found []v1alpha1.TokenGrant
	for _, g := range all.Items {
		if g.Spec.Username == username && g.Spec.RevokedAt.IsZero() && (clientID == "" || string(g.Spec.Client.ID) == clientID) {
			found = append(found, g)
		}
	}
	return found
}

const (
	// grantsToShow is how many grants somebody has whose page is looked at.
	grantsToShow = 300
	// largestPage is what that page may have in bytes, of which one grant takes about 1,200.
	largestPage = 128 << 10
)

// nextPage is a link to more of the account page.
var nextPage = regexp.MustCompile(`href="([^"]*/account\?[^"]+)"`)

// manyOnThePage gives somebody grants with as many clients, as a store would hold them, and looks at the account page.
func (s *street) manyOnThePage(t *testing.T, _ *world) {
	browser := s.browser(t, "192.0.2.40")
	s.web.logIn(t, browser, bob)
	like := s.grantsOf(t, bob, s.web.ClientID)[0]
	for i := range grantsToShow {
		copied := &v1alpha1.TokenGrant{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: like.Namespace, Name: fmt.Sprintf("copied-%03d", i), Labels: like.Labels, Annotations: like.Annotations,
			},
			Spec: like.Spec,
		}
		copied.Spec.Client.ID = v1alpha1.ClientID(fmt.Sprintf("team-shop.app-%03d", i))
		copied.Spec.Client.Name = fmt.Sprintf("app-%03d", i)
		copied.Spec.Client.UID = fmt.Sprintf("uid-%03d", i)
		copied.Spec.CreatedAt = metav1.NewTime(like.Spec.CreatedAt.Add(time.Duration(i) * time.Second))
		live.Create(t, s.Client, copied)
	}
	last := fmt.Sprintf("team-shop.app-%03d", grantsToShow-1)
	body := ""
	s.within(t, "the latest grant to be on the page", func() bool {
		body = browser.Visit("/account").Body
		return strings.Contains(body, last)
	})
	s.figures.note("account", "page of", grantsToShow, "grants, in KB", len(body)>>10)
	if len(body) > largestPage {
		t.Errorf("the page has %d bytes, want at most %d", len(body), largestPage)
	}
	more := nextPage.FindStringSubmatch(body)
	if more == nil {
		t.Fatal("the page leads to no other one")
	}
	path := strings.TrimPrefix(strings.ReplaceAll(more[1], "&amp;", "&"), s.IssuerURL)
	if next := browser.Visit(path); next.Status != 200 || strings.Contains(next.Body, last) {
		t.Errorf("the next page: status %d, with the latest grant: %t", next.Status, strings.Contains(next.Body, last))
	}
}
