package oauthclient

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// forPeople makes it a client that people log in to.
func forPeople(oc *v1alpha1.OAuthClient) {
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.RefreshToken}
	oc.Spec.Scopes = []v1alpha1.Scope{policy.OpenID}
	oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{"https://web.example/callback"}
}

// forDevices makes it a client on devices whose people log in elsewhere.
func forDevices(oc *v1alpha1.OAuthClient) {
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.DeviceCode, v1alpha1.RefreshToken}
	oc.Spec.Scopes, oc.Spec.RedirectURIs = []v1alpha1.Scope{policy.OpenID}, nil
}

func public(oc *v1alpha1.OAuthClient) {
	oc.Spec.Authentication = &v1alpha1.ClientAuthentication{Public: &v1alpha1.PublicClient{}}
}

func refreshing(lifetime v1alpha1.Duration) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.RefreshToken = &v1alpha1.RefreshTokenWishes{Lifetime: lifetime}
	}
}

func signedBy(algorithm v1alpha1.SigningAlgorithm) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.IDToken = &v1alpha1.IDTokenWishes{SigningAlgorithm: algorithm} }
}

// staffed lets people log in.
func staffed(ti *v1alpha1.TokenIssuer) {
	ti.Spec.IdentityProviders = []v1alpha1.IdentityProvider{
		{Name: "staff", Users: &v1alpha1.UsersProvider{SecretRef: v1alpha1.SecretReference{Name: "users"}}},
	}
}

// forMachines makes it a client that needs nobody.
func forMachines(oc *v1alpha1.OAuthClient) {
	oc.Spec.GrantTypes, oc.Spec.RedirectURIs = []v1alpha1.GrantType{v1alpha1.ClientCredentials}, nil
	oc.Spec.Scopes = []v1alpha1.Scope{"a"}
}

// logins says how the issuer's one identity provider is.
func logins(state v1alpha1.LoginState) change {
	return issuer(func(ti *v1alpha1.TokenIssuer) {
		ti.Status.IdentityProviders = []v1alpha1.IdentityProviderStatus{{Name: "staff", Login: state}}
	})
}

// serving makes a client that people log in to and that runs well; then it makes the changes.
func serving(changes ...change) *world {
	w := running(issuer(staffed), wishing(forPeople))
	again(w)
	for _, change := range changes {
		change(w)
	}
	return w
}

// again stores what a pass decides, as the next one sees it.
func again(w *world) {
	next := desire(w.oc, w.seen)
	if next.registration != nil {
		stored(next.registration, "11")(w)
	}
	if next.credentials != nil {
		stored(next.credentials, "12")(w)
	}
}

func formats(allowed ...v1alpha1.TokenFormat) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.AccessToken = &v1alpha1.AccessTokenRules{Formats: append([]v1alpha1.TokenFormat{}, allowed...)}
	}
}

// TestReasonsOfPeople is TestReasons for clients that people log in to.
func TestReasonsOfPeople(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	for _, tc := range []struct {
		name   string
		world  *world
		status metav1.ConditionStatus
		reason string
		says   []string
	}{
		{"well", serving(), yes, v1alpha1.ReasonCompliant, nil},
		{"well, without audiences", serving(wishing(build.Audiences())), yes, v1alpha1.ReasonCompliant, nil},
		{"openid is no default scope, and there are no audiences", serving(wishing(build.Audiences(), build.DefaultScopes())), yes, v1alpha1.ReasonCompliant, nil},
		{"well, and public", serving(wishing(public)), yes, v1alpha1.ReasonCompliant, nil},
		{"nobody can log in", running(wishing(forPeople)), no, v1alpha1.ReasonNotOffered, []string{"identityProviders"}},
		{"well, on devices", serving(wishing(forDevices)), yes, v1alpha1.ReasonCompliant, nil},
		{"nobody can log in for a device", running(wishing(forDevices)), no, v1alpha1.ReasonNotOffered, []string{"device_code", "identityProviders"}},
		{"no provider lets anybody in", serving(logins(v1alpha1.LoginImpossible)), no, v1alpha1.ReasonLoginImpossible,
			[]string{"authorization_code", "nobody can at TokenIssuer system/default", "tell the platform team", "kubectl -n system describe tokenissuer default"}},
		{"nor for a device", serving(wishing(forDevices), logins(v1alpha1.LoginImpossible)), no, v1alpha1.ReasonLoginImpossible, []string{"device_code"}},
		{"one provider is in doubt", serving(logins(v1alpha1.LoginImpaired)), yes, v1alpha1.ReasonCompliant, nil},
		{"one is unknown", serving(logins(v1alpha1.LoginUnknown)), yes, v1alpha1.ReasonCompliant, nil},
		{"a machine needs nobody", serving(wishing(forMachines), logins(v1alpha1.LoginImpossible)), yes, v1alpha1.ReasonCompliant, nil},
		{"no provider, and beyond the policy", serving(wishing(forDevices), logins(v1alpha1.LoginImpossible),
			govern(build.TokenPolicy("system/p", build.AllowScopes("a")))), no, v1alpha1.ReasonBeyondPolicy,
			[]string{"also LoginImpossible: urn:ietf:params:oauth:grant-type:device_code needs somebody to log in"}},
		{"no devices allowed", serving(wishing(forDevices), govern(build.TokenPolicy("system/p", build.AllowGrantTypes("refresh_token")))),
			no, v1alpha1.ReasonBeyondPolicy, []string{string(v1alpha1.DeviceCode), "system/p"}},
		{"no key of the algorithm", serving(wishing(signedBy(v1alpha1.EdDSA))), no, v1alpha1.ReasonNotOffered, []string{"EdDSA", "signing.algorithms"}},
		{"a key of the algorithm", serving(wishing(signedBy(v1alpha1.EdDSA)), issuer(build.Signs("", "ES256", "EdDSA"))), yes, v1alpha1.ReasonCompliant, nil},
		{"openid alone asks for nobody", running(wishing(build.Scopes(policy.OpenID))), yes, v1alpha1.ReasonCompliant, nil},
		{"no codes allowed", serving(govern(build.TokenPolicy("system/p", build.AllowGrantTypes("refresh_token")))), no, v1alpha1.ReasonBeyondPolicy,
			[]string{"grantTypes authorization_code", "system/p"}},
		{"the last audience beyond, and no openid", serving(wishing(build.Scopes("a")), govern(build.TokenPolicy("system/p", build.AllowAudiences()))),
			no, v1alpha1.ReasonBeyondPolicy, []string{"audiences " + build.API, "system/p"}},
		{"openid beyond, and no audiences", serving(wishing(build.Audiences()), govern(build.TokenPolicy("system/p", build.AllowScopes("a")))),
			no, v1alpha1.ReasonBeyondPolicy, []string{"scopes openid", "system/p"}},
		{"another format", serving(govern(build.TokenPolicy("system/p", formats(v1alpha1.FormatOpaque)))), yes, v1alpha1.ReasonCompliant, nil},
		{"no format", serving(govern(build.TokenPolicy("system/p", formats()))), no, v1alpha1.ReasonBeyondPolicy, []string{"accessToken.formats", "system/p"}},
		{"no format, for one that gets no tokens", running(wishing(func(oc *v1alpha1.OAuthClient) { oc.Spec.GrantTypes = nil }),
			govern(build.TokenPolicy("system/p", formats()))), yes, v1alpha1.ReasonCompliant, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := desire(tc.world.oc, tc.world.seen)
			got := meta.FindStatusCondition(want.conditions(applied{}), v1alpha1.PolicyCompliant)
			if got.Status != tc.status || got.Reason != tc.reason {
				t.Fatalf("%v, want %s/%s", got, tc.status, tc.reason)
			}
			for _, part := range tc.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("the message %q does not name %q", got.Message, part)
				}
			}
		})
	}
}

// TestNotOwnedSecretOfPublicClient does not advise what a public client cannot do.
func TestNotOwnedSecretOfPublicClient(t *testing.T) {
	w := serving(wishing(public), credentialsHeld(disowned))
	want := desire(w.oc, w.seen)
	got := want.credentialsReady
	if got.Reason != v1alpha1.ReasonSecretNotOwned || !strings.Contains(got.Message, "web-oauth") || strings.Contains(got.Message, "secretName") {
		t.Errorf("%v", got)
	}
}

// TestPublicClients says what becomes of credentials: a public client has none, whatever it had.
func TestPublicClients(t *testing.T) {
	turned := serving(wishing(public))
	again(turned)
	back := func(changes ...change) *world {
		w := serving(wishing(public))
		again(w)
		w.oc.Spec.Authentication = nil
		for _, change := range changes {
			change(w)
		}
		return w
	}
	for _, tc := range []struct {
		name         string
		world        *world
		registration verb
		credentials  verb
		active       fresh // the zero value: none
	}{
		{"a new one", anew(issuer(staffed), wishing(forPeople, public)), create, create, fresh{}},
		{"one that was none", serving(wishing(public)), update, update, fresh{}},
		{"one that was none, in the pass after", turned, leave, leave, fresh{}},
		{"one that was none, and whose Secret is not ours", serving(wishing(public), credentialsHeld(disowned)), update, leave, fresh{}},
		{"one whose Secret is gone", func() *world { w := serving(wishing(public)); again(w); noSecret(w); return w }(), leave, create, fresh{}},
		{"one that is none any more", back(), update, update, unused},
		{"one that is none any more, beside a local policy that was never accepted", back(neverAccepted), update, update, unused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := desire(tc.world.oc, tc.world.seen)
			if got := verbOf(want.registration, nil); got != tc.registration {
				t.Errorf("the registration is %s, want %s", got, tc.registration)
			}
			if got := verbOf(want.credentials, nil); got != tc.credentials {
				t.Errorf("the Secret is %s, want %s", got, tc.credentials)
			}
			if want.credentials != nil && string(want.credentials.Data[keyClientSecret]) != tc.active.secret {
				t.Errorf("the Secret holds %q, want %q", want.credentials.Data[keyClientSecret], tc.active.secret)
			}
			held := decode(want.registration)
			if held == nil {
				held = decode(tc.world.seen.registration)
			}
			if _, ok := held.Match(tc.active.secret, noon); held.Public != (tc.active == fresh{}) || ok == held.Public {
				t.Errorf("public: %t, %d credentials; want %v accepted", held.Public, len(held.Credentials), tc.active)
			}
			if want.replaced {
				t.Error("a credential was replaced, though none was lost")
			}
		})
	}
}

// TestPeopleSecret holds what applications read that people log in to, and that they read no more than holds.
func TestPeopleSecret(t *testing.T) {
	const secret, authorization, userinfo = "client-secret", "authorization-uri", "user-info-uri"
	for _, tc := range []struct {
		name  string
		world *world
		want  map[string]string // of the keys that not every client has
	}{
		{"a client that people log in to", anew(issuer(staffed), wishing(forPeople)),
			map[string]string{secret: unused.secret, authorization: build.URL + "/authorize", userinfo: build.URL + "/userinfo"}},
		{"a public one", serving(wishing(public)), map[string]string{authorization: build.URL + "/authorize", userinfo: build.URL + "/userinfo"}},
		{"one without OpenID Connect", serving(wishing(build.Scopes("a"))), map[string]string{secret: inUse.secret, authorization: build.URL + "/authorize"}},
		{"one that may use no codes any more", serving(govern(build.TokenPolicy("system/p", build.AllowGrantTypes()))),
			map[string]string{secret: inUse.secret, userinfo: build.URL + "/userinfo"}},
		{"one that people do not log in to any more", serving(wishing(build.Scopes("a"), func(oc *v1alpha1.OAuthClient) {
			oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.ClientCredentials}
		})), map[string]string{secret: inUse.secret}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			written := desire(tc.world.oc, tc.world.seen).credentials
			if written == nil {
				t.Fatal("the Secret is left alone")
			}
			got := map[string]string{}
			for _, key := range []string{secret, authorization, userinfo} {
				if value, ok := written.Data[key]; ok {
					got[key] = string(value)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLifetimesOf says which ring must remember what.
func TestLifetimesOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		r    registration.Registration
		want lifetimes
	}{
		{"access tokens", registration.Registration{AccessTokenLifetime: 600}, lifetimes{signed: 10 * time.Minute}},
		{"opaque ones", registration.Registration{AccessTokenLifetime: 600, AccessTokenFormat: "Opaque"}, lifetimes{signed: 10 * time.Minute, sealed: 10 * time.Minute}},
		{"longer ID tokens", registration.Registration{AccessTokenLifetime: 600, IDToken: &registration.IDTokenRules{Lifetime: 3600}}, lifetimes{signed: time.Hour}},
		{"shorter ID tokens", registration.Registration{AccessTokenLifetime: 600, IDToken: &registration.IDTokenRules{Lifetime: 60}}, lifetimes{signed: 10 * time.Minute}},
		{"refresh tokens", registration.Registration{AccessTokenLifetime: 600, RefreshToken: &registration.RefreshTokenRules{Lifetime: 86400, IdleLifetime: 60}},
			lifetimes{signed: 10 * time.Minute, sealed: 24 * time.Hour}},
	} {
		if got := lifetimesOf(&tc.r); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestRefreshLifetimeIsPrepared is TestLifetimeIsPrepared for what is sealed.
func TestRefreshLifetimeIsPrepared(t *testing.T) {
	long := govern(build.TokenPolicy("system/root", func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.RefreshToken = &v1alpha1.RefreshTokenRules{MaxLifetime: "8760h"}
	}))
	for _, tc := range []struct {
		name  string
		world *world
		raise bool
	}{
		{"no wish", serving(), false},
		{"a wish beyond the built-in longest", serving(wishing(refreshing("8760h"))), false},
		{"a wish beyond it that is allowed", serving(wishing(refreshing("8760h")), long), true},
		{"prepared", serving(wishing(refreshing("8760h")), long, func(w *world) { w.seen.prepared.sealed = 8760 * time.Hour }), false},
		{"a new ring that knows nothing", serving(func(w *world) { w.seen.prepared.sealed = 0 }), true},
		{"a new ring, and nothing is sealed", running(func(w *world) { w.seen.prepared.sealed = 0 }), false},
	} {
		want := desire(tc.world.oc, tc.world.seen)
		if raise := want.lifetimes.sealed > want.prepared.sealed; raise != tc.raise {
			t.Errorf("%s: %v, prepared for %v; raised: %t, want %t", tc.name, want.lifetimes, want.prepared, raise, tc.raise)
		}
	}
}
