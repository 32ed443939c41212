package oauthclient

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/env"
)

// springKeys are the keys of a binding of type oauth2 that Spring Cloud Bindings reads, and the property of Spring Boot that
// each becomes. Read in github.com/spring-cloud/spring-cloud-bindings, README.md at 3b43462fc4ad3d4f895b1cee62283dba92ecbcae
// (2.x, for Spring Boot 3) and SpringSecurityOAuth2BindingsPropertiesProcessor.java at 02e546df0b35a2872e315ecdfb0205677a487ffe.
var springKeys = map[string]string{
	"client-id":                       "registration.{name}.client-id",
	"client-secret":                   "registration.{name}.client-secret",
	"provider":                        "registration.{name}.provider",
	"client-name":                     "registration.{name}.client-name",
	"client-authentication-method":    "registration.{name}.client-authentication-method",
	"authorization-grant-type":        "registration.{name}.authorization-grant-type",
	"authorization-grant-types":       "registration.{name}.authorization-grant-type", // one value, where the former is absent
	"redirect-uri":                    "registration.{name}.redirect-uri",
	"redirect-uris":                   "registration.{name}.redirect-uri", // one value, where the former is absent
	"scope":                           "registration.{name}.scope",
	"issuer-uri":                      "provider.{provider}.issuer-uri",
	"authorization-uri":               "provider.{provider}.authorization-uri",
	"token-uri":                       "provider.{provider}.token-uri",
	"user-info-uri":                   "provider.{provider}.user-info-uri",
	"user-info-authentication-method": "provider.{provider}.user-info-authentication-method",
	"jwk-set-uri":                     "provider.{provider}.jwk-set-uri",
	"user-name-attribute":             "provider.{provider}.user-name-attribute",
}

// notSprings are keys of ours that Spring takes nothing from: type is how it finds the binding.
var notSprings = []string{"type", "scopes", "device-authorization-uri", "introspection-uri", "ca.crt"}

// Values that Spring Security takes, read in github.com/spring-projects/spring-security. ClientAuthenticationMethod compares
// byte for byte, and has no other names since 6.0 (at 08f11f06abe6f922e07cc7ab277b71083aa42a8c). ClientRegistration.Builder
// refuses a scope of other characters, and a login without a redirect URI (at 52f20b5281314df4d04c4aa6e85d2bbb76bd986a).
// ClientCredentialsOAuth2AuthorizedClientProvider serves a registration for client_credentials and no other (at
// 142a6c60d78c5b2761098136f912e028682b3b3e).
var (
	springMethods = []string{"client_secret_basic", "client_secret_post", "none"}
	springScope   = regexp.MustCompile(`^[\x21\x23-\x5b\x5d-\x7e]+$`)
)

// springRegistration is what Spring makes of a Secret. It splits scope at commas alone, as Spring Boot does for a list.
func springRegistration(t *testing.T, secret *corev1.Secret) map[string]string {
	t.Helper()
	properties := map[string]string{}
	for key, value := range secret.Data {
		if slices.Contains(notSprings, key) {
			continue
		}
		property, ok := springKeys[key]
		if !ok {
			t.Errorf("the Secret has a key %q that is in no table", key)
		}
		properties[property[strings.LastIndex(property, ".")+1:]] = string(value)
	}
	scopes := strings.Split(properties["scope"], ",")
	if properties["scope"] == "" {
		scopes = nil
	}
	for _, scope := range scopes {
		if !springScope.MatchString(scope) {
			t.Errorf("Spring refuses the scope %q", scope)
		}
	}
	if method := properties["client-authentication-method"]; !slices.Contains(springMethods, method) {
		t.Errorf("Spring knows no client-authentication-method %q", method)
	}
	properties["scope"] = fmt.Sprintf("%q", scopes)
	return properties
}

// peopled is serving, for a client that may ask for more than who it is.
func peopled(changes ...change) *world {
	return serving(append([]change{wishing(build.Scopes("openid", "a")), again}, changes...)...)
}

func grants(types ...v1alpha1.GrantType) change {
	return wishing(func(oc *v1alpha1.OAuthClient) { oc.Spec.GrantTypes = types })
}

// TestBindingOfSpring holds what Spring makes of each kind of client: a registration that starts, of the right grant type.
func TestBindingOfSpring(t *testing.T) {
	const (
		machine, person, device = v1alpha1.ClientCredentials, v1alpha1.AuthorizationCode, v1alpha1.DeviceCode
		refresh                 = v1alpha1.RefreshToken
		basic, first            = "client_secret_basic", "https://web.example/callback"
	)
	several := wishing(func(oc *v1alpha1.OAuthClient) {
		for i := range 31 {
			oc.Spec.RedirectURIs = append(oc.Spec.RedirectURIs, v1alpha1.RedirectURI(fmt.Sprintf("https://%d.example/%s", i, strings.Repeat("x", 480))))
		}
	})
	for _, tc := range []struct {
		name                               string
		world                              *world
		grantType, method, redirect, scope string
	}{
		{"a machine", anew(), string(machine), basic, "", `["a" "b"]`},
		{"a machine without scopes", anew(wishing(build.Scopes())), string(machine), basic, "", `[]`},
		{"a scope with a comma", anew(wishing(build.Scopes("a", "b,c", "d"))), string(machine), basic, "", `["a" "d"]`},
		{"people", peopled(), string(person), basic, first, `["openid" "a"]`},
		{"people, and a machine beside", peopled(grants(machine, refresh, person)), string(person), basic, first, `["openid" "a"]`},
		{"people, with many redirect URIs", peopled(several), string(person), basic, first, `["openid" "a"]`},
		{"people with a public client", peopled(wishing(public)), string(person), "none", first, `["openid" "a"]`},
		{"a device", peopled(grants(device, refresh)), string(device), basic, "", `["openid" "a"]`},
		{"a device, and a machine beside", peopled(grants(device, machine)), string(machine), basic, "", `["a"]`},
		{"what policy takes away counts as absent", peopled(grants(person, machine), govern(build.TokenPolicy("system/p", build.AllowGrantTypes("client_credentials")))),
			string(machine), basic, "", `["a"]`},
		{"a resource server alone", anew(grants(), wishing(build.Guards("https://own.example"))), "", basic, "", `["a" "b"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			secret := written(tc.world)
			got := springRegistration(t, secret)
			want := map[string]string{}
			for key, value := range map[string]string{"authorization-grant-type": tc.grantType, "client-authentication-method": tc.method, "redirect-uri": tc.redirect, "scope": tc.scope} {
				if value != "" {
					want[key] = value
				}
			}
			maps.DeleteFunc(got, func(key, _ string) bool {
				return !slices.Contains([]string{"authorization-grant-type", "client-authentication-method", "redirect-uri", "scope"}, key)
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what Spring reads (-want +got):\n%s", diff)
			}
			if size := secret.Size(); size > 8<<10 {
				t.Errorf("a Secret of %d bytes", size)
			}
		})
	}
}

// written is the Secret as it is after a pass.
func written(w *world) *corev1.Secret {
	again(w)
	return w.seen.credentials
}

// Each key has a row where application developers look for it, and is named where status is explained.
func TestEveryKeyIsExplained(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	everything := peopled(wishing(build.Guards("https://own.example")), grants(v1alpha1.AuthorizationCode, v1alpha1.DeviceCode), believing("one"),
		govern(build.TokenPolicy("system/root", build.AllowGuards("https://own.example"))))
	keys := slices.Collect(maps.Keys(written(everything).Data))
	for page, form := range map[string]string{"applications.md": "(?m)^\\|[^|\n]*`%s`", "status.md": "`%s`"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if !regexp.MustCompile(fmt.Sprintf(form, key)).Match(text) {
				t.Errorf("docs/%s does not explain %q", page, key)
			}
		}
	}
	if len(keys) != 17 {
		t.Errorf("%d keys, want all: %q", len(keys), keys)
	}
}

// OAuth's own form of the scopes stands beside Spring's, with all of them.
func TestBothFormsOfScopes(t *testing.T) {
	secret := written(anew(wishing(build.Scopes("a", "b,c", "d"))))
	if scope, scopes := string(secret.Data["scope"]), string(secret.Data["scopes"]); scope != "a,d" || scopes != "a b,c d" {
		t.Errorf("scope %q, scopes %q", scope, scopes)
	}
}

// TestUpgradeOfASecret begins with what the operator wrote before: it is rewritten once and no credential changes; what others
// put there stays, and what is not true any more goes.
func TestUpgradeOfASecret(t *testing.T) {
	former := func(secret *corev1.Secret) {
		secret.Data["scope"], secret.Data["their-own"], secret.Labels["their"] = []byte("openid a"), []byte("x"), "own"
		for _, key := range []string{"scopes", "client-authentication-method", "authorization-grant-type", "redirect-uri"} {
			delete(secret.Data, key)
		}
	}
	w := peopled(credentialsHeld(former))
	want := desire(w.oc, w.seen)
	if want.credentials == nil || want.registration != nil || want.replaced {
		t.Fatalf("Secret %v, registration %v, replaced %t; want the Secret alone", want.credentials, want.registration, want.replaced)
	}
	secret := written(w)
	got := map[string]string{"their": secret.Labels["their"]}
	for _, key := range []string{"scope", "scopes", "client-secret", "client-authentication-method", "authorization-grant-type", "redirect-uri", "their-own"} {
		got[key] = string(secret.Data[key])
	}
	if diff := cmp.Diff(map[string]string{
		"their": "own", "their-own": "x", "scope": "openid,a", "scopes": "openid a", "client-secret": inUse.secret,
		"client-authentication-method": "client_secret_basic", "authorization-grant-type": "authorization_code", "redirect-uri": "https://web.example/callback",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if next := desire(w.oc, w.seen); next.credentials != nil || next.registration != nil {
		t.Errorf("the next pass writes again: %v, %v", next.credentials, next.registration)
	}
	grants(v1alpha1.ClientCredentials)(w)
	w.oc.Spec.RedirectURIs = nil
	if secret := written(w); secret.Data["redirect-uri"] != nil || string(secret.Data["authorization-grant-type"]) != "client_credentials" ||
		string(secret.Data["their-own"]) != "x" {
		t.Errorf("after the client changed: %q", slices.Collect(maps.Keys(secret.Data)))
	}
}

// TestScopesOfPolicy: what a policy takes away is in neither form.
func TestScopesOfPolicy(t *testing.T) {
	secret := written(serving(govern(build.TokenPolicy("system/p", build.AllowScopes(policy.OpenID)))))
	if scope, scopes := string(secret.Data["scope"]), string(secret.Data["scopes"]); scope != policy.OpenID || scopes != policy.OpenID {
		t.Errorf("scope %q, scopes %q", scope, scopes)
	}
}
