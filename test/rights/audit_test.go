package rights

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/hack/dev/stack"
)

// auditPolicy notes who asked for what, never a body, and of ServiceAccounts alone.
const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  userGroups: ["system:serviceaccounts"]
- level: None
`

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

// readAudit reads an audit log. What is about no resource, such as discovery, everybody may ask for.
func readAudit(log io.Reader) ([]request, error) {
	var all []request
	for lines := json.NewDecoder(log); ; {
		var event struct {
			Verb      string
			User      struct{ Username string }
			ObjectRef *struct{ APIGroup, Resource, Subresource, Namespace string }

			ResponseStatus struct{ Code int }
		}
		if err := lines.Decode(&event); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		ref := event.ObjectRef
		if ref == nil {
			continue
		}
		all = append(all, request{account: event.User.Username, code: event.ResponseStatus.Code, right: right{
			verb: event.Verb, group: ref.APIGroup, namespace: ref.Namespace,
			resource: strings.TrimSuffix(ref.Resource+"/"+ref.Subresource, "/"),
		}})
	}
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

// auditFlags make kube-apiserver write an audit log, and say where.
func auditFlags(t *testing.T) (flags map[string]string, log string) {
	t.Helper()
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	log = filepath.Join(dir, "audit.log")
	return map[string]string{"audit-policy-file": policy, "audit-log-path": log}, log
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
