package oauthclient

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// believing lets the issuer have a CA, whose certificates were read.
func believing(bundle string) change {
	return func(w *world) {
		w.seen.ca = authority{named: true, digest: digestOf([]byte(bundle)), bundle: []byte(bundle)}
	}
}

// unread lets the issuer have a CA whose certificates are not known.
func unread(w *world) { w.seen.ca = authority{named: true} }

func disbelieving(w *world) { w.seen.ca = authority{} }

func holds(key, value string) func(*corev1.Secret) {
	return func(secret *corev1.Secret) { secret.Data[key] = []byte(value) }
}

// TestCA says what becomes of ca.crt: certificates that are known are put there and follow, a client's credentials stay, and
// what others put there stays unless there are ours to put.
func TestCA(t *testing.T) {
	theirs := credentialsHeld(holds(keyCA, "theirs"))
	for _, tc := range []struct {
		name  string
		world *world
		want  string
	}{
		{"no CA", running(), ""},
		{"a new client", anew(believing("one")), "one"},
		{"a client of before", running(believing("one")), "one"},
		{"rotated", running(believing("one"), again, believing("two")), "two"},
		{"not known yet", running(unread), ""},
		{"not known any more", running(believing("one"), again, unread), "one"},
		{"not asked for any more", running(believing("one"), again, disbelieving), ""},
		{"not asked for any more, and changed meanwhile", running(believing("one"), again, theirs, disbelieving), "theirs"},
		{"put there by others", running(theirs), "theirs"},
		{"put there by others, before it was ours", running(theirs, believing("one")), "one"},
		{"changed by others", running(believing("one"), again, theirs), "one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := tc.world.seen.registration
			secret := written(tc.world)
			if got := string(secret.Data["ca.crt"]); got != tc.want {
				t.Errorf("ca.crt is %q, want %q", got, tc.want)
			}
			if _, marked := secret.Annotations[v1alpha1.CADigestAnnotation]; marked && tc.want == "" {
				t.Error("the Secret says that there are certificates of ours in it")
			}
			if string(secret.Data[keyClientSecret]) != inUse.secret && before != nil {
				t.Error("the client secret is another one")
			}
			if next := desire(tc.world.oc, tc.world.seen); next.credentials != nil || next.registration != nil || next.replaced {
				t.Error("the next pass writes again")
			}
		})
	}
}

// TestIntentOfCA: who changes the CA means something new, so that no client waits with it because others undo what we write.
func TestIntentOfCA(t *testing.T) {
	one, two := running(believing("one")), running(believing("two"))
	if intentOf(one.oc, one.seen) == intentOf(two.oc, two.seen) {
		t.Error("two CAs come to one intent")
	}
}

// TestURIs: a client is told the endpoints that it may use, and no others.
func TestURIs(t *testing.T) {
	resourceServer := wishing(build.Guards("https://own.example"))
	guarding := build.TokenPolicy("system/root", build.AllowGuards("https://own.example"))
	for _, tc := range []struct {
		name  string
		world *world
		want  []string
	}{
		{"a machine", anew(), nil},
		{"a resource server", anew(grants(), resourceServer, govern(guarding)), []string{keyIntrospectionURI}},
		{"a resource server that calls others", anew(resourceServer, govern(guarding)), []string{keyIntrospectionURI}},
		{"one whose policy does not let it be one", anew(resourceServer), nil},
		{"people", peopled(), []string{keyAuthorizationURI, keyUserInfoURI}},
		{"a device", peopled(grants(v1alpha1.DeviceCode)), []string{keyUserInfoURI, keyDeviceURI}},
		{"no resource server any more", running(credentialsHeld(holds(keyIntrospectionURI, "https://former.example"))), nil},
	} {
		secret := written(tc.world)
		for _, key := range []string{keyIntrospectionURI, keyAuthorizationURI, keyUserInfoURI, keyDeviceURI} {
			wanted := slices.Contains(tc.want, key)
			if _, got := secret.Data[key]; got != wanted {
				t.Errorf("%s: %s is there: %t, want %t", tc.name, key, got, wanted)
			}
		}
	}
	if got := string(written(anew(resourceServer, govern(guarding))).Data[keyIntrospectionURI]); got != "https://issuer.example/introspect" {
		t.Errorf("introspection-uri %q", got)
	}
}
