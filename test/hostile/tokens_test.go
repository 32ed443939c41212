package hostile

import (
	"context"
	"encoding/json"
	"net/url"
	"testing"

	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// introspect is for Installation.Until.
func (w *world) introspect(guard live.Credentials, raw string) func(context.Context) (live.Answer, error) {
	return func(ctx context.Context) (live.Answer, error) {
		return w.Post(ctx, w.IssuerURL+registration.IntrospectionPath, guard, url.Values{"token": {raw}})
	}
}

// active is what an introspection says.
func active(a live.Answer) bool {
	var said struct{ Active bool }
	return json.Unmarshal(a.Body, &said) == nil && said.Active
}

// contextOf outlives the test, for what is tidied up after it.
func contextOf(t *testing.T) context.Context { return context.WithoutCancel(t.Context()) }
