package kube

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// A grant survives the way to the API server and back, to the second.
func TestGrantObject(t *testing.T) {
	c := &connection{namespace: "ns", issuer: issuerName}
	byPlatform := storetest.NewGrant("a2")
	byPlatform.ByPlatform = true
	for _, want := range []store.Grant{{}, storetest.NewGrant("a1"), byPlatform} {
		want.Revision = "7"
		want.AuthTime = want.AuthTime.In(time.FixedZone("elsewhere", 3600))
		if diff := cmp.Diff(want, readGrant(c.grantObject(want))); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	if version(&v1alpha1.TokenGrant{ObjectMeta: metav1.ObjectMeta{ResourceVersion: "x"}}) != 0 {
		t.Error("a version that is none")
	}
}
