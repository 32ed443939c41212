package live

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// AuditFlags make kube-apiserver write an audit log (for stack.Options.ExtraAPIServerArgs), and say where it will be.
func AuditFlags(t testing.TB) (flags map[string]string, log string) {
	t.Helper()
	dir := t.TempDir()
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		t.Fatal(err)
	}
	log = filepath.Join(dir, "audit.log")
	return map[string]string{"audit-policy-file": policy, "audit-log-path": log}, log
}

// Audited is a request that the API server has answered to a ServiceAccount.
type Audited struct {
	Account string // "system:serviceaccount:<namespace>:<name>"
	Verb    string // that of RBAC: an apply is a patch
	Group   string
	// Resource has its subresource after a slash. Namespace is empty where all of them were asked for, and Name where a
	// list was, or the server chose it.
	Resource, Namespace, Name string
	Code                      int // HTTP status
	At                        time.Time
}

// ReadAudit reads an audit log. What is about no resource, such as discovery, is left out. A last line that is still being
// written is an io.ErrUnexpectedEOF, beside all that stands before it.
func ReadAudit(log io.Reader) ([]Audited, error) {
	var all []Audited
	for lines := json.NewDecoder(log); ; {
		var event struct {
			Verb      string
			User      struct{ Username string }
			ObjectRef *struct{ APIGroup, Resource, Subresource, Namespace, Name string }

			ResponseStatus           struct{ Code int }
			RequestReceivedTimestamp time.Time
		}
		if err := lines.Decode(&event); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		ref := event.ObjectRef
		if ref == nil {
			continue
		}
		all = append(all, Audited{
			Account: event.User.Username, Verb: event.Verb, Group: ref.APIGroup, Namespace: ref.Namespace, Name: ref.Name,
			Resource: strings.TrimSuffix(ref.Resource+"/"+ref.Subresource, "/"),
			Code:     event.ResponseStatus.Code, At: event.RequestReceivedTimestamp,
		})
	}
}
