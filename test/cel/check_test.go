package cel

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/env"
)

// check is one rule of a schema and values on both sides of it. A value is put where the rule stands, into an object
// that is valid otherwise.
type check struct {
	field  string // where the rule stands: spec.scopes[] is each item of the list, {} each value of a map, "" the whole object
	rule   string // the keyword of the schema; a CEL rule's message
	says   string // what a refusal must say
	accept ok
	refuse no       // by this rule and by no other
	also   []string // what other rules may say of it as well
	patch  string   // what the object has besides
	update bool     // whether the object exists before, and the value comes by an update
}

func (c check) name() string { return c.field + " " + c.rule }

// given says what the object has besides.
func (c check) given(patch string) check {
	c.patch = patch
	return c
}

// changing says what the object had before the value came by an update.
func (c check) changing(patch string) check {
	c.patch, c.update = patch, true
	return c
}

// alongside says what other rules may say as well, for what breaks no rule alone.
func (c check) alongside(also ...string) check {
	c.also = also
	return c
}

// schemas holds, for each kind, a valid object and the checks of all its rules.
var schemas = map[string]struct {
	valid  string
	checks []check
}{
	"OAuthClient":     {validClient, slices.Concat(clientChecks, clientStatusChecks)},
	"TokenPolicy":     {validPolicy, slices.Concat(policyChecks, policyStatusChecks)},
	"TokenIssuer":     {validIssuer, slices.Concat(issuerChecks, issuerStatusChecks)},
	"IssuerReport":    {validReport, reportChecks},
	"TokenGrant":      {validGrant, grantChecks},
	"TokenMark":       {validMark, markChecks},
	"TokenRevocation": {validRevocation, slices.Concat(revocationChecks, revocationStatusChecks)},
}

func TestRules(t *testing.T) {
	e := env.Start(t)
	for _, kind := range slices.Sorted(maps.Keys(schemas)) {
		t.Run(kind, func(t *testing.T) {
			for _, c := range schemas[kind].checks {
				t.Run(c.name(), func(t *testing.T) { c.run(t, e, schemas[kind].valid) })
			}
		})
	}
}

func (c check) run(t *testing.T, e *env.Env, valid string) {
	t.Helper()
	strict := client.NewNamespacedClient(client.WithFieldValidation(e.Client, metav1.FieldValidationStrict), e.Namespace(t))
	object, try := c.prepare(t, strict, parse(t, valid))
	for _, value := range c.accept {
		if err := try(put(object, steps(c.field), parse(t, value))); err != nil {
			t.Errorf("%s was refused: %v", shorten(value), err)
		}
	}
	for _, value := range c.refuse {
		c.wantRefused(t, value, try(put(object, steps(c.field), parse(t, value))))
	}
}

// prepare gives the object to put values into, and what then tries it without leaving a trace.
func (c check) prepare(t *testing.T, strict client.Client, valid any) (object any, try func(any) error) {
	t.Helper()
	patch, _ := parse(t, c.patch).(map[string]any)
	switch {
	case strings.HasPrefix(c.field, "status"):
		return merge(create(t, strict, valid), patch), func(changed any) error {
			return strict.Status().Update(t.Context(), unstructuredOf(changed), client.DryRunAll)
		}
	case c.update:
		return create(t, strict, merge(valid, patch)), func(changed any) error {
			return strict.Update(t.Context(), unstructuredOf(changed), client.DryRunAll)
		}
	default:
		return merge(valid, patch), func(changed any) error {
			return strict.Create(t.Context(), unstructuredOf(changed), client.DryRunAll)
		}
	}
}

func create(t *testing.T, strict client.Client, object any) any {
	t.Helper()
	created := unstructuredOf(object)
	if err := strict.Create(t.Context(), created); err != nil {
		t.Fatalf("create the object to change: %v", err)
	}
	return created.Object
}

// unstructuredOf copies, since the client writes into what it is given.
func unstructuredOf(object any) *unstructured.Unstructured {
	return (&unstructured.Unstructured{Object: object.(map[string]any)}).DeepCopy()
}

var index = regexp.MustCompile(`\[\d+\]`)

// wantRefused checks that the value hit one rule alone, this one.
func (c check) wantRefused(t *testing.T, value string, err error) {
	t.Helper()
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || !apierrors.IsInvalid(err) || status.ErrStatus.Details == nil {
		t.Errorf("%s: %v, want it refused: %s", shorten(value), err, c.says)
		return
	}
	hit := false
	for _, cause := range status.ErrStatus.Details.Causes {
		switch {
		case strings.Contains(cause.Message, "some validation rules were not checked"):
			// The schema refused the object, so nobody asked the CEL rules.
		case c.isAt(cause) && strings.Contains(cause.Message, c.says):
			hit = true
		case slices.ContainsFunc(c.also, func(also string) bool { return strings.Contains(cause.Message, also) }):
			// Nothing breaks the one rule without the other.
		default:
			t.Errorf("%s hit another rule: %s: %s", shorten(value), cause.Field, cause.Message)
		}
	}
	if !hit {
		t.Errorf("%s did not hit %q saying %q: %v", shorten(value), c.field, c.says, err)
	}
}

// isAt compares without the numbers of items; what is wrong with a list may be said of one of its items.
func (c check) isAt(cause metav1.StatusCause) bool {
	want := strings.ReplaceAll(c.field, "{}", "."+entry)
	field := index.ReplaceAllString(cause.Field, "[]")
	if field == "<nil>" {
		field = ""
	}
	return field == want || field == want+"[]"
}

// shorten keeps a failure readable whose value is at a bound of hundreds.
func shorten(value string) string {
	if len(value) <= 120 {
		return value
	}
	return value[:80] + " ... " + value[len(value)-30:]
}
