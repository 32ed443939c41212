package rights

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// The accounts under which operator and issuer run.
const (
	operatorAccount = "system:serviceaccount:" + stack.Namespace + ":tokenwright-operator"
	issuerAccount   = "system:serviceaccount:" + stack.Namespace + ":" + stack.DefaultIssuer + "-issuer"
)

// request is what the API server answered to an account. Its right has the namespace that was asked for, which is empty
// where that was all of them.
type request struct {
	account string
	right   right
	code    int
}

func (r request) refused() bool {
	return r.code == http.StatusForbidden || r.code == http.StatusUnauthorized
}

// readAudit reads an audit log.
func readAudit(log io.Reader) ([]request, error) {
	audited, err := live.ReadAudit(log)
	if err != nil {
		return nil, err
	}
	all := make([]request, 0, len(audited))
	for _, a := range audited {
		all = append(all, request{account: a.Account, code: a.Code, right: right{
			verb: a.Verb, group: a.Group, resource: a.Resource, namespace: a.Namespace,
		}})
	}
	return all, nil
}

// used are the rights by which an account was let through. For an apply that makes an object, the API server wants both
// patch and create.
func used(all []request, account string) map[right]bool {
	rights := map[right]bool{}
	for _, r := range all {
		if r.account != account || r.refused() {
			continue
		}
		rights[r.right] = true
		if r.right.verb == "patch" && r.code == http.StatusCreated {
			r.right.verb = "create"
			rights[r.right] = true
		}
	}
	return rights
}

// unused are the rights that were granted and not used: those of one namespace there, those everywhere somewhere else than
// in the issuer's namespace, or they would better be those of one namespace.
func unused(granted []right, used map[right]bool) []right {
	return slices.DeleteFunc(slices.Clone(granted), func(grant right) bool {
		for use := range used {
			where := use.namespace
			use.namespace = grant.namespace
			if use == grant && (where == grant.namespace || grant.namespace == "" && where != stack.Namespace) {
				return true
			}
		}
		return false
	})
}

// TestReadAudit reads what an API server wrote, shortened.
func TestReadAudit(t *testing.T) {
	const log = `{"stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/secrets","verb":"list","user":{"username":"x"},"objectRef":{"resource":"secrets","namespace":"a","apiVersion":"v1"},"responseStatus":{"code":200}}
{"stage":"ResponseComplete","requestURI":"/apis","verb":"get","user":{"username":"x"},"responseStatus":{"code":200}}
{"stage":"ResponseComplete","verb":"patch","user":{"username":"y"},"objectRef":{"resource":"deployments","subresource":"status","namespace":"a","name":"b","apiGroup":"apps","apiVersion":"v1"},"responseStatus":{"code":403}}
`
	got, err := readAudit(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	want := []request{
		{"x", right{"list", "", "secrets", "a"}, 200},
		{"y", right{"patch", "apps", "deployments/status", "a"}, 403},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(request{}, right{})); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, err := readAudit(strings.NewReader("{")); err == nil {
		t.Error("a log that ends within a line was read")
	}
}

// TestUnused is the table of what counts as a use.
func TestUnused(t *testing.T) {
	const here = stack.Namespace
	for _, tc := range []struct {
		name    string
		granted right
		asked   request
		used    bool
	}{
		{"asked for", right{"get", "", "pods", here}, request{"x", right{"get", "", "pods", here}, 200}, true},
		{"not found", right{"get", "", "pods", here}, request{"x", right{"get", "", "pods", here}, 404}, true},
		{"refused", right{"get", "", "pods", here}, request{"x", right{"get", "", "pods", here}, 403}, false},
		{"by another", right{"get", "", "pods", here}, request{"y", right{"get", "", "pods", here}, 200}, false},
		{"another verb", right{"get", "", "pods", here}, request{"x", right{"list", "", "pods", here}, 200}, false},
		{"another group", right{"get", "", "pods", here}, request{"x", right{"get", "a", "pods", here}, 200}, false},
		{"a subresource", right{"get", "", "pods", here}, request{"x", right{"get", "", "pods/log", here}, 200}, false},
		{"elsewhere", right{"get", "", "pods", here}, request{"x", right{"get", "", "pods", "a"}, 200}, false},
		{"everywhere, in all namespaces", right{"list", "", "pods", ""}, request{"x", right{"list", "", "pods", ""}, 200}, true},
		{"everywhere, in another namespace", right{"get", "", "pods", ""}, request{"x", right{"get", "", "pods", "a"}, 200}, true},
		{"everywhere, in the issuer's alone", right{"get", "", "pods", ""}, request{"x", right{"get", "", "pods", here}, 200}, false},
		{"an apply that made it", right{"create", "", "pods", here}, request{"x", right{"patch", "", "pods", here}, 201}, true},
		{"an apply that changed it", right{"create", "", "pods", here}, request{"x", right{"patch", "", "pods", here}, 200}, false},
	} {
		if left := unused([]right{tc.granted}, used([]request{tc.asked}, "x")); (len(left) == 0) != tc.used {
			t.Errorf("%s: %v is unused, want used %v", tc.name, left, tc.used)
		}
	}
}
