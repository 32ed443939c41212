package login_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// hostile is what somebody might call themselves.
var hostile = []string{
	`<script>alert(1)</script>`,
	`"><script>alert(1)</script>`,
	`'><img src=x onerror=alert(1)>`,
	`" onmouseover="alert(1)`,
	`' autofocus onfocus='alert(1)`,
	"` onmouseover=alert(1)",
	`javascript:alert(1)`,
	`data:text/html,<script>alert(1)</script>`,
	`</title><script>alert(1)</script>`,
	`</script><script>alert(1)</script>`,
	`--><script>alert(1)</script><!--`,
	`]]><script>alert(1)</script><![CDATA[`,
	`<!DOCTYPE x [<!ENTITY y "z">]>`,
	`{{.}}{{template "layout" .}}`,
	`&lt;b&gt;&amp;&#60;&#x3c;`,
	`<base href="https://evil.example">`,
	`<form action="https://evil.example"><input name="password"></form>`,
	`<meta http-equiv="refresh" content="0;url=https://evil.example">`,
	`<style>*{display:none}</style>`,
	`<svg/onload=alert(1)>`,
	"a\x00b\x01\x1b[31m\x7f",
	"\xff\xfe<b>\xc0\xbc",
	"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
	"line\r\nbreak\u2028\u2029\u0085",
	"\u202egnihtemos\u202c \u2066x\u2069 \u200f\u061c",
	strings.Repeat("W", 10_000),
}

// AZ-23: whatever stands in a name, the page keeps its shape: the same elements, the same attributes, the same addresses.
func TestHostileNamesAreInert(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			want := parse(t, s.page(t, "benign").Body).bones()
			for _, text := range hostile {
				if diff := cmp.Diff(want, parse(t, s.page(t, text).Body).bones()); diff != "" {
					t.Errorf("%.60q changes the page (-want +got):\n%s", text, diff)
				}
			}
		})
	}
}

// What reorders its surroundings could make one name read as another.
func TestNoNameReordersThePage(t *testing.T) {
	for _, s := range samples {
		if s.name == "formpost" {
			continue // its fields are for the client, byte for byte
		}
		for _, shown := range parse(t, s.page(t, "\u202eevil\u2066").Body).elements {
			if strings.ContainsAny(shown.text, "\u202e\u2066") {
				t.Errorf("%s: <%s> shows %q", s.name, shown.name, shown.text)
			}
		}
	}
}

// A name must not look like another one, nor carry what nobody sees. Letters that need joiners keep them.
func TestNoNameHidesText(t *testing.T) {
	const hidden = "\u200b\u00ad\u2060\ufeff\U000E0041\u3164\u2800\u034f\u2028\ue000"
	const name = "ශ්\u200dරී می\u200cخواهم ❤\ufe0f"
	for _, s := range samples {
		if s.name == "formpost" {
			continue // its fields are for the client, byte for byte
		}
		for _, shown := range parse(t, s.page(t, name+hidden).Body).elements {
			if strings.ContainsAny(shown.text, hidden) {
				t.Errorf("%s: <%s> shows %q", s.name, shown.name, shown.text)
			}
			if strings.Contains(shown.text, "\ufffd") && !strings.Contains(shown.text, name) {
				t.Errorf("%s: <%s> shows another name than %q: %q", s.name, shown.name, name, shown.text)
			}
		}
	}
}

// FuzzPages holds the law of TestHostileNamesAreInert.
func FuzzPages(f *testing.F) {
	for _, text := range hostile[:len(hostile)-1] {
		f.Add(text)
	}
	want := map[string]string{}
	for _, s := range samples {
		want[s.name] = parse(f, s.page(f, "benign").Body).bones()
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" {
			return // without a name there are fewer elements
		}
		for _, s := range samples {
			if got := parse(t, s.page(t, text).Body).bones(); got != want[s.name] {
				t.Errorf("%q changes the page %s: %s", text, s.name, cmp.Diff(want[s.name], got))
			}
		}
	})
}

// no page has a script or a style inside but the one that the policy of form_post names.
func TestNothingInline(t *testing.T) {
	for _, s := range samples {
		page := parse(t, s.page(t, "benign").Body)
		scripts, wanted := page.find("script"), 0
		if s.name == "formpost" {
			wanted = 1
		}
		if len(scripts) != wanted || len(page.find("style")) != 0 {
			t.Errorf("%s: %d scripts, %d styles", s.name, len(scripts), len(page.find("style")))
		}
		for _, e := range page.elements {
			for attr := range e.attrs {
				if attr == "style" || strings.HasPrefix(attr, "on") {
					t.Errorf("%s: <%s %s>", s.name, e.name, attr)
				}
			}
		}
	}
}

// form_post hands on every parameter exactly, or the client would refuse its own state (AZ-15).
func TestFormPostIsExact(t *testing.T) {
	state := `a"b'c<d>&e+ é ` + "\u202e" + ` %00 javascript:x`
	page, err := newPages(t, "").FormPost(login.FormPostPage{
		Action: "https://app.example/cb?x=1&y=%20#no", Fields: []login.FormField{{"state", state}, {"submit", "x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := parse(t, page.Body)
	if form := got.find("form")[0]; form.attrs["action"] != "https://app.example/cb?x=1&y=%20#no" || form.attrs["method"] != "post" {
		t.Errorf("form %v", form.attrs)
	}
	fields := got.find("input")
	if len(fields) != 2 || fields[0].attrs["value"] != state || fields[1].attrs["name"] != "submit" {
		t.Errorf("fields %v", fields)
	}
	if !bytes.Contains(page.Body, []byte("<button")) {
		t.Error("there is no button for browsers without scripts")
	}
}
