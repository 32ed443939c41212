package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/net/html"
)

const (
	username = "alice"
	password = "correct horse battery staple"
)

// usersFile holds one user, who has all the claims there are.
func usersFile(t *testing.T) []byte {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(`
users:
- {username: ` + username + `, passwordHash: "` + string(hash) + `",
   name: Alice M. Example, givenName: Alice, familyName: Example, middleName: M., nickname: Al, preferredUsername: alice,
   profile: "https://people.example/alice", picture: "https://people.example/alice.png", website: "https://alice.example",
   gender: female, birthdate: "1990-04-01", zoneinfo: Europe/Berlin, locale: de-DE, updatedAt: 2026-01-02T03:04:05Z,
   email: alice@example.org, emailVerified: true, phoneNumber: "+49 30 1234567", phoneNumberVerified: false,
   address: {country: Germany, locality: Berlin}, groups: [dev, ops]}
`)
}

// person is a resource owner with a browser of their own. They log in where they are asked to.
type person struct {
	browser *http.Client
	// decision is their answer to every consent page.
	decision string
}

// person has nobody's cookies yet, and allows whatever they are asked.
func (j *judged) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil { // without options there is nothing to refuse
		panic(err)
	}
	return &person{browser: &http.Client{Transport: j.client.Transport, Timeout: j.client.Timeout, Jar: jar}, decision: "allow"}
}

// maxPages is more than any way through the issuer has.
const maxPages = 6

// visit goes where a client sends the person, through all pages, and returns what arrives at the client in the end. A way
// that ends at the issuer, as that of a device does, has an arrival without a method.
func (p *person) visit(ctx context.Context, address string) (*arrival, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	for range maxPages {
		shown, err := p.load(request)
		if err != nil {
			return nil, err
		}
		if shown.arrival != nil {
			return shown.arrival, nil
		}
		if request, err = p.fill(ctx, shown); err != nil {
			return nil, err
		}
		if request == nil {
			return &arrival{URL: shown.url.String()}, nil
		}
	}
	return nil, fmt.Errorf("after %d pages there is no end: %s", maxPages, request.URL)
}

// page is what a browser shows: a page of the issuer, or what the client got.
type page struct {
	url     *url.URL
	status  int
	body    string
	arrival *arrival
}

func (p *person) load(request *http.Request) (*page, error) {
	response, err := p.browser.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	shown := &page{url: response.Request.URL, status: response.StatusCode, body: string(body)}
	if response.Header.Get(arrivalHeader) != "" {
		shown.arrival, err = readArrival(body)
	}
	return shown, err
}

// fill answers the first form of a page that is sent by POST, as a script or a finger would. There is no request where a
// page asks for nothing.
func (p *person) fill(ctx context.Context, shown *page) (*http.Request, error) {
	document, err := html.Parse(strings.NewReader(shown.body))
	if err != nil {
		return nil, err
	}
	for node := range document.Descendants() {
		if node.Type != html.ElementNode || node.Data != "form" || attribute(node, "method") != "post" {
			continue
		}
		target, err := shown.url.Parse(attribute(node, "action"))
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(p.fields(node).Encode()))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return request, nil
	}
	if shown.status != http.StatusOK {
		return nil, fmt.Errorf("stuck at %s, status %d:\n%s", shown.url, shown.status, shown.body)
	}
	return nil, nil //nolint:nilnil // the end of the way is no failure
}

// fields are what the form brings along, and what the person knows.
func (p *person) fields(form *html.Node) url.Values {
	known := map[string]string{"username": username, "login": username, "password": password, "decision": p.decision}
	fields := url.Values{}
	for node := range form.Descendants() {
		name := attribute(node, "name")
		if name == "" {
			continue
		}
		value, mine := known[name]
		if !mine {
			value = attribute(node, "value")
		}
		fields.Set(name, value)
	}
	return fields
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
