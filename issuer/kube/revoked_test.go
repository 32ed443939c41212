package kube

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

// A replica says once of each key that it believes it no longer, and of none that was revoked before it started.
func TestStoreTellsOfRevokedKeys(t *testing.T) {
	feed, server, _ := newFeed(t)
	feed.Audit = audit.NewLog(feed.Log.Handler(), server.Clock.Now)
	store := &secretStore{Feed: feed}
	signing, sealing := issuertest.NewRing(t, 1, keys.ES256), issuertest.NewRing(t, 1, keys.XC20P)
	revoke := func(ring *keys.Ring, kids ...string) {
		for _, kid := range kids {
			ring.Revoked = append(ring.Revoked, keys.Revoked{KID: kid, Algorithm: keys.ES256, RevokedAt: time.Now()})
		}
	}
	revoke(&signing, "long-ago")
	for version, do := range []func(){
		func() {},
		func() { revoke(&signing, "a") },
		func() {},
		func() { revoke(&signing, "b"); revoke(&sealing, "c") },
		func() { signing.Revoked = signing.Revoked[1:] },
	} {
		do()
		for name, ring := range map[string]keys.Ring{"default-signing-keys": signing, "default-sealing-keys": sealing} {
			if err := store.Update(at(ringSecret(t, name, ring), string(rune('1'+version)))); err != nil {
				t.Fatal(err)
			}
		}
	}
	log := server.Log.String()
	for event, kids := range map[string][]string{"signing_key.revoked": {"a", "b"}, "sealing_key.revoked": {"c"}} {
		if got := strings.Count(log, `"msg":"`+event+`"`); got != len(kids) {
			t.Errorf("%d events %s, want %d:\n%s", got, event, len(kids), log)
		}
		for _, kid := range kids {
			if !strings.Contains(log, event+`","keyID":"`+kid+`"`) {
				t.Errorf("no event says that %s was revoked:\n%s", kid, log)
			}
		}
	}
	if strings.Contains(log, "long-ago") {
		t.Error("told of a key that was revoked before the start")
	}
	families, err := server.Metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() == "tokenwright_issuer_revoked_keys" {
			for _, m := range family.Metric {
				got[m.Label[0].GetValue()] = m.Gauge.GetValue()
			}
		}
	}
	if diff := cmp.Diff(map[string]float64{"signing": 2, "sealing": 1}, got); diff != "" {
		t.Errorf("revoked keys by ring (-want +got):\n%s", diff)
	}
}
