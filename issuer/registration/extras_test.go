package registration_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/registration"
)

func withExtras() *registration.Registration {
	r := example()
	r.Extras = &registration.Extras{
		SkipConsent:     &registration.SkipConsent{Policy: "system/first-party", Scopes: []string{"openid", "orders:read"}},
		RemovedScopes:   []string{"orders:delete", "orders:read"},
		RemovedDefaults: []string{"orders:delete"},
	}
	return r
}

// TestExtrasStandBeside the registration: an issuer of a former version, which refuses members that it does not know, takes
// the client as ever.
func TestExtrasStandBeside(t *testing.T) {
	data, err := registration.EncodeData(withExtras())
	if err != nil {
		t.Fatal(err)
	}
	if former := encode(t, example()); !bytes.Equal(data[registration.DataKey], former) {
		t.Errorf("the registration is %s, want %s", data[registration.DataKey], former)
	}
	const want = `{"skipConsent":{"policy":"system/first-party","scopes":["openid","orders:read"]},` +
		`"removedScopes":["orders:delete","orders:read"],"removedDefaults":["orders:delete"]}`
	if got := string(data[registration.ExtrasDataKey]); got != want {
		t.Errorf("another wire form is not understood by others (-want +got):\n%s", cmp.Diff(want, got))
	}
	got, err := registration.DecodeData(data)
	if diff := cmp.Diff(withExtras(), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if again, err := registration.Decode(encode(t, withExtras())); err != nil || !cmp.Equal(again, withExtras()) {
		t.Errorf("as a snapshot keeps it: %v, %v", again, err)
	}
}

// TestNoExtras: of most clients there is nothing to know, and nothing is written.
func TestNoExtras(t *testing.T) {
	for _, extras := range []*registration.Extras{nil, {}, {RemovedScopes: []string{}}} {
		r := example()
		r.Extras = extras
		data, err := registration.EncodeData(r)
		if err != nil || len(data) != 1 {
			t.Errorf("%+v: %v, keys %d", extras, err, len(data))
		}
		if got, err := registration.DecodeData(data); err != nil || got.Extras != nil {
			t.Errorf("%+v: %v, read as %+v", extras, err, got)
		}
	}
}

// FuzzDecodeData: whatever stands in the extras, the registration beside them is read as it is without.
func FuzzDecodeData(f *testing.F) {
	good, err := registration.EncodeData(withExtras())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(good[registration.ExtrasDataKey]), "", "{", "null", "[]", `{"skipConsent":{}}`, `{"later":true,"removedScopes":["a"]}`,
		`{"skipConsent":null,"removedScopes":[""]}`, `{"removedScopes":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, extras []byte) {
		got, err := registration.DecodeData(map[string][]byte{registration.DataKey: good[registration.DataKey], registration.ExtrasDataKey: extras})
		if err != nil {
			t.Fatal(err)
		}
		if e := got.Extras; e != nil && e.SkipConsent == nil && len(e.RemovedScopes)+len(e.RemovedDefaults) == 0 {
			t.Error("there is nothing to know, and memory for it")
		}
		got.Extras = nil
		if diff := cmp.Diff(example(), got); diff != "" {
			t.Errorf("%q changed the registration:\n%s", extras, diff)
		}
	})
}

// TestLaterExtras: what a later version adds is left out, and the rest counts.
func TestLaterExtras(t *testing.T) {
	got, err := registration.DecodeData(map[string][]byte{
		registration.DataKey: encode(t, example()), registration.ExtrasDataKey: []byte(`{"later":true,"removedScopes":["a"]}`),
	})
	if err != nil || got.Extras == nil || !slices.Equal(got.Extras.RemovedScopes, []string{"a"}) {
		t.Errorf("%v: %+v", err, got)
	}
}
