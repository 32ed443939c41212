package accepted

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// Versions finds and keeps accepted versions. Its zero value has no issuer namespaces, so no policy is a root policy.
type Versions struct {
	// Live reads past every cache.
	Live client.Reader
	// IssuerNamespaces are those whose TokenIssuers the operator serves; the versions of local policies stand in the first.
	IssuerNamespaces []string
}

// version is the wire form. The UID tells a policy from a former one of the same name.
type version struct {
	UID        types.UID                `json:"uid"`
	Generation int64                    `json:"generation"`
	Spec       v1alpha1.TokenPolicySpec `json:"spec"`
}

const dataKey = "policy.json"

// IsRoot tells whether policies in namespace are root policies.
func (v Versions) IsRoot(namespace string) bool {
	return slices.Contains(v.IssuerNamespaces, namespace)
}

// Kept is what is kept of p, and the version of the ConfigMap that keeps it; nil and empty if nothing is. A former policy of
// its name does not count.
func (v Versions) Kept(ctx context.Context, p *v1alpha1.TokenPolicy) (*v1alpha1.TokenPolicySpec, string, error) {
	object, kept, err := v.load(ctx, client.ObjectKeyFromObject(p))
	if err != nil || kept == nil || kept.UID != p.UID {
		return nil, object.GetResourceVersion(), err
	}
	return &kept.Spec, object.ResourceVersion, nil
}

// Keep remembers the current spec of p, which must be acceptable. It writes only what changed, and nothing over a later
// version: p may come from a stale cache.
func (v Versions) Keep(ctx context.Context, writer client.Writer, p *v1alpha1.TokenPolicy) error {
	object, kept, err := v.load(ctx, client.ObjectKeyFromObject(p))
	if err != nil {
		return err
	}
	if kept != nil && kept.UID == p.UID && kept.Generation >= p.Generation {
		return nil
	}
	data, err := json.Marshal(version{UID: p.UID, Generation: p.Generation, Spec: p.Spec})
	if err != nil {
		return fmt.Errorf("encode policy: %w", err)
	}
	object.Data = map[string]string{dataKey: string(data)}
	metav1.SetMetaDataLabel(&object.ObjectMeta, v1alpha1.PolicyLabel, string(p.UID))
	metav1.SetMetaDataLabel(&object.ObjectMeta, v1alpha1.ManagedByLabel, v1alpha1.ManagedByValue)
	metav1.SetMetaDataAnnotation(&object.ObjectMeta, v1alpha1.OwnerAnnotation, client.ObjectKeyFromObject(p).String())
	if object.ResourceVersion == "" {
		return writer.Create(ctx, object)
	}
	return writer.Update(ctx, object)
}

// Forget removes what is kept of a policy that is gone.
func (v Versions) Forget(ctx context.Context, writer client.Writer, policy types.NamespacedName) error {
	object, _, err := v.load(ctx, policy)
	if err != nil || object.ResourceVersion == "" {
		return err
	}
	precondition := client.Preconditions{UID: &object.UID, ResourceVersion: &object.ResourceVersion}
	return client.IgnoreNotFound(writer.Delete(ctx, object, precondition))
}

// load reads what is kept; a damaged version counts as none, since a wrong rule would be worse than a client that waits.
func (v Versions) load(ctx context.Context, policy types.NamespacedName) (*corev1.ConfigMap, *version, error) {
	key := v.key(policy)
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	err := v.Live.Get(ctx, key, object)
	if apierrors.IsNotFound(err) {
		return object, nil, nil
	}
	if err != nil {
		return object, nil, err
	}
	kept := new(version)
	if readable := json.Unmarshal([]byte(object.Data[dataKey]), kept) == nil; !readable {
		kept = nil
	}
	return object, kept, nil
}

// key derives the ConfigMap's name from the policy's, so that it can be found when the policy is gone.
func (v Versions) key(policy types.NamespacedName) types.NamespacedName {
	sum := sha256.Sum256([]byte(policy.String()))
	namespace := policy.Namespace
	if !v.IsRoot(namespace) && len(v.IssuerNamespaces) > 0 {
		namespace = v.IssuerNamespaces[0]
	}
	return types.NamespacedName{Namespace: namespace, Name: "policy-" + hex.EncodeToString(sum[:20])}
}
