package login_test

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tokenwright.dev/issuer/login"
)

// Everybody can use the pages: what this asks for is of WCAG 2.2, level AA.
func TestPagesAreAccessible(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			page := parse(t, s.page(t, "benign").Body)
			if html := page.find("html"); len(html) != 1 || html[0].attrs["lang"] != "en" {
				t.Errorf("no language: %v", html)
			}
			for _, name := range []string{"title", "h1", "main"} {
				if len(page.find(name)) != 1 {
					t.Errorf("%d elements %s, want one", len(page.find(name)), name)
				}
			}
			checkLabels(t, page)
			checkReferences(t, page)
		})
	}
}

// checkLabels asks for a label for each field that people fill in, and a text on each button and picture.
func checkLabels(t *testing.T, page shape) {
	t.Helper()
	labelled := map[string]bool{}
	for _, label := range page.find("label") {
		labelled[label.attrs["for"]] = label.text != ""
	}
	for _, input := range page.find("input") {
		if input.attrs["type"] != "hidden" && !labelled[input.attrs["id"]] {
			t.Errorf("no label for %v", input.attrs)
		}
	}
	for _, img := range page.find("img") {
		if _, ok := img.attrs["alt"]; !ok {
			t.Errorf("no alt for %v", img.attrs)
		}
	}
}

// checkReferences asks for one element for each ID that another names, and at most one focus.
func checkReferences(t *testing.T, page shape) {
	t.Helper()
	ids, focused := map[string]int{}, 0
	for _, e := range page.elements {
		if id, ok := e.attrs["id"]; ok {
			ids[id]++
		}
		if _, ok := e.attrs["autofocus"]; ok {
			focused++
		}
	}
	for _, e := range page.elements {
		for _, attr := range []string{"for", "aria-describedby", "aria-labelledby"} {
			if id, ok := e.attrs[attr]; ok && ids[id] != 1 {
				t.Errorf("<%s %s=%q>: %d elements have that ID", e.name, attr, id, ids[id])
			}
		}
	}
	if focused > 1 {
		t.Errorf("%d elements want the focus", focused)
	}
}

// The first empty field has the focus, and password managers know the fields.
func TestLoginFields(t *testing.T) {
	for _, tc := range []struct {
		name, username, focused string
	}{
		{"nothing is known", "", "username"},
		{"the username is", "alice", "password"},
	} {
		page, err := newPages(t, "").Login(login.LoginPage{Username: tc.username, WrongPassword: true})
		if err != nil {
			t.Fatal(err)
		}
		complete := map[string]string{}
		for _, input := range parse(t, page.Body).find("input") {
			complete[input.attrs["name"]] = input.attrs["autocomplete"]
			if _, focused := input.attrs["autofocus"]; focused != (input.attrs["name"] == tc.focused) {
				t.Errorf("%s: autofocus of %s is %v", tc.name, input.attrs["name"], focused)
			}
			if input.attrs["name"] == login.FieldPassword && (input.attrs["value"] != "" || input.attrs["aria-describedby"] != "problem") {
				t.Errorf("%s: password field %v", tc.name, input.attrs)
			}
		}
		if complete[login.FieldUsername] != "username" || complete[login.FieldPassword] != "current-password" {
			t.Errorf("%s: autocomplete %v", tc.name, complete)
		}
	}
}

// Deny and Allow stand side by side, and nobody is caught in another's login.
func TestConsentForms(t *testing.T) {
	page := parse(t, samples[3].page(t, "benign").Body)
	var got []string
	for _, button := range page.find("button") {
		got = append(got, button.attrs["name"]+"="+button.attrs["value"])
	}
	want := login.FieldDecision + "=" + login.DecisionDeny + " " + login.FieldDecision + "=" + login.DecisionAllow + " " +
		login.FieldDecision + "=" + login.DecisionSwitch
	if strings.Join(got, " ") != want {
		t.Errorf("buttons %q, want %q", got, want)
	}
}

// No form brings a field that has no name in Go.
func TestFieldNames(t *testing.T) {
	known := []string{
		"", login.FieldFlow, login.FieldToken, login.FieldProvider, login.FieldUsername, login.FieldPassword,
		login.FieldDecision, login.FieldGrant, login.FieldPage, login.FieldUserCode,
	}
	for _, s := range samples[:len(samples)-1] { // the last is form_post
		if s.name == "logout" {
			continue // it hands on what a client sent
		}
		page := parse(t, s.page(t, "benign").Body)
		for _, e := range append(page.find("input"), page.find("button")...) {
			if !slices.Contains(known, e.attrs["name"]) {
				t.Errorf("%s: a field called %s", s.name, e.attrs["name"])
			}
		}
	}
}

var colour = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// Text has a contrast of 4.5 to 1 (WCAG 2.2 section 1.4.3), lines that bound fields one of 3 to 1 (section 1.4.11).
func TestContrast(t *testing.T) {
	light, dark, found := strings.Cut(string(newPages(t, "").Style().Body), "prefers-color-scheme: dark")
	if !found {
		t.Fatal("there is no dark scheme")
	}
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]float64{}
		for _, match := range colour.FindAllStringSubmatch(css, -1) {
			colours[match[1]] = luminance(t, match[2])
		}
		for _, tc := range []struct {
			front, back string
			least       float64
		}{
			{"text", "page", 4.5},
			{"text", "card", 4.5},
			{"muted", "card", 4.5},
			{"accent", "card", 4.5},
			{"on-accent", "accent", 4.5},
			{"problem", "page", 4.5},
			{"line", "card", 3},
		} {
			if got := contrast(colours[tc.front], colours[tc.back]); got < tc.least {
				t.Errorf("%s: %s on %s is %.2f to 1, want %v", scheme, tc.front, tc.back, got, tc.least)
			}
		}
	}
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// luminance is the relative luminance of a colour (WCAG 2.2, glossary).
func luminance(tb testing.TB, hex string) float64 {
	tb.Helper()
	weights, sum := []float64{0.2126, 0.7152, 0.0722}, 0.0
	for i, weight := range weights {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			tb.Fatal(err)
		}
		part := float64(n) / 255
		if part <= 0.04045 {
			sum += weight * part / 12.92
			continue
		}
		sum += weight * math.Pow((part+0.055)/1.055, 2.4)
	}
	return sum
}
