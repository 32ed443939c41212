package clients_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

func TestIssuerKey(t *testing.T) {
	finder := clients.Finder{DefaultIssuer: types.NamespacedName{Namespace: "system", Name: "default"}}
	for _, tc := range []struct {
		client *v1alpha1.OAuthClient
		want   string
	}{
		{build.OAuthClient("apps/web"), "system/default"},
		{build.OAuthClient("apps/web", build.Of("other/issuer")), "other/issuer"},
		{build.OAuthClient("apps/web", build.Of("/issuer")), "apps/issuer"},
	} {
		if got := finder.IssuerKey(tc.client).String(); got != tc.want {
			t.Errorf("issuerRef %v means %s, want %s", tc.client.Spec.IssuerRef, got, tc.want)
		}
	}
}

// TestFinder finds each client once.
func TestFinder(t *testing.T) {
	s := stage.New(t)
	s.Create(t,
		build.OAuthClient(s.Apps+"/a"), build.OAuthClient(s.Apps+"/b", build.ClientID("shared")),
		build.OAuthClient(s.Apps+"/c", build.Of(s.System+"/other"), build.ClientID("shared")),
		build.OAuthClient(s.Apps+"/d", build.Of(s.Apps+"/own")), build.OAuthClient(s.System+"/e"),
	)
	s.Sync(t)
	finder := s.Finder()
	for _, tc := range []struct {
		name string
		find func() ([]*v1alpha1.OAuthClient, error)
		want []string
	}{
		{"of the default issuer", func() ([]*v1alpha1.OAuthClient, error) { return finder.OfIssuer(t.Context(), s.Issuer()) },
			[]string{"a", "b", "e"}},
		{"of another issuer", func() ([]*v1alpha1.OAuthClient, error) {
			return finder.OfIssuer(t.Context(), types.NamespacedName{Namespace: s.System, Name: "other"})
		}, []string{"c"}},
		{"of the default issuer, in a namespace", func() ([]*v1alpha1.OAuthClient, error) {
			return finder.OfIssuerIn(t.Context(), s.Issuer(), s.Apps)
		}, []string{"a", "b"}},
		{"of one client_id", func() ([]*v1alpha1.OAuthClient, error) { return finder.OfClientID(t.Context(), "shared") }, []string{"b", "c"}},
		{"of a default client_id", func() ([]*v1alpha1.OAuthClient, error) { return finder.OfClientID(t.Context(), s.Apps+".a") }, []string{"a"}},
		{"in a namespace", func() ([]*v1alpha1.OAuthClient, error) { return finder.InNamespace(t.Context(), s.Apps) },
			[]string{"a", "b", "c", "d"}},
		{"under root policies", func() ([]*v1alpha1.OAuthClient, error) { return finder.Under(t.Context(), s.System) },
			[]string{"a", "b", "c", "e"}},
		{"under local policies", func() ([]*v1alpha1.OAuthClient, error) { return finder.Under(t.Context(), s.Apps) },
			[]string{"a", "b", "c", "d"}},
	} {
		found, err := tc.find()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, oc := range found {
			got = append(got, oc.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
