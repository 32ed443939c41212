package tokenissuer

import (
	"context"
	"fmt"
	"math"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// seen is what there is to know of a Secret that an identity provider cannot do without.
type seen struct {
	labels map[string]string
	// users are those of a file that could be read; unreadable is why it could not.
	users      *login.Users
	unreadable error
}

// providerSecrets reads, live, the Secrets that the identity providers of ti name. Those that are not there are left out.
// Files of users are read by the very function by which the issuer reads them; of client secrets the operator reads
// metadata alone.
func (r *Reconciler) providerSecrets(ctx context.Context, ti *v1alpha1.TokenIssuer) (map[string]seen, error) {
	found := map[string]seen{}
	for i := range ti.Spec.IdentityProviders {
		p := &ti.Spec.IdentityProviders[i]
		wanted := need(p)
		if wanted == nil {
			continue
		}
		read := r.metadataOf
		if p.Users != nil {
			read = r.usersOf
		}
		secret, err := read(ctx, client.ObjectKey{Namespace: ti.Namespace, Name: wanted.name})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, err
		default:
			found[wanted.name] = secret
		}
	}
	return found, nil
}

func (r *Reconciler) metadataOf(ctx context.Context, key client.ObjectKey) (seen, error) {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	err := r.Live.Get(ctx, key, secret)
	return seen{labels: secret.Labels}, err
}

func (r *Reconciler) usersOf(ctx context.Context, key client.ObjectKey) (seen, error) {
	secret := new(corev1.Secret)
	if err := r.Live.Get(ctx, key, secret); err != nil {
		return seen{}, err
	}
	out := seen{labels: secret.Labels}
	file, ok := secret.Data[registration.UsersDataKey]
	switch {
	case secret.Type != v1alpha1.UsersSecretType:
		out.unreadable = fmt.Errorf("the type of Secret %s is %s: make it anew, with type %s", secret.Name, secret.Type, v1alpha1.UsersSecretType)
	case !ok:
		out.unreadable = fmt.Errorf("there is no key %s in Secret %s: write the users there", registration.UsersDataKey, secret.Name)
	default:
		out.users, out.unreadable = login.ParseUsers("", file)
	}
	return out, nil
}

// wrong says what is wrong with a file of users, and how to help that; nothing if all is well. Budget is what hashing may
// use, in bytes.
func (s seen) wrong(budget int64) (reason, message string) {
	if s.unreadable != nil {
		return v1alpha1.ReasonUsersNotAccepted, s.unreadable.Error() + "; issuers keep the last version that they could read"
	}
	if err := s.users.Afford(budget); err != nil {
		return v1alpha1.ReasonUsersTooCostly, fmt.Sprintf("%v; a limit of %s is enough (spec.deployment.resources.limits.memory)",
			err, workload.LimitFor(s.users.Memory()))
	}
	err := s.users.Refused()
	if err != nil && s.users.Len() == 0 {
		return v1alpha1.ReasonUsersNotAccepted, "nobody can log in, since no entry can be read: " + err.Error()
	}
	if err != nil {
		return v1alpha1.ReasonUserEntriesRefused, err.Error() +
			"; nobody logs in by these entries until they are repaired, and what was begun by their former versions goes on"
	}
	return "", ""
}

// hashing is what the costliest password of all providers needs, in bytes, as far as is known: it reports false where a
// file is missing, or cannot be read as a whole. The entry that cannot be read may be the costliest, and no slip in one shall
// replace the Pods twice.
func hashing(ti *v1alpha1.TokenIssuer, found map[string]seen) (memory int64, known bool) {
	known = true
	for i := range ti.Spec.IdentityProviders {
		if p := &ti.Spec.IdentityProviders[i]; p.Users != nil {
			secret := found[p.Users.SecretRef.Name]
			if secret.users == nil || need(p).missing(ti, secret, true) != "" {
				known = false
				continue
			}
			memory = max(memory, secret.users.Memory())
			known = known && secret.users.Refused() == nil
		}
	}
	return memory, known
}

// budget is what each replica may use for hashing passwords, in bytes, with the limit of memory that it gets where hashing
// needs so much. Where nobody sets a limit, or the issuer runs elsewhere, the operator knows of no bound.
func budget(ti *v1alpha1.TokenIssuer, hashing int64) int64 {
	if !workload.Managed(ti) {
		return math.MaxInt64
	}
	limit, limited := workload.RuntimeLimit(ti, hashing)
	if !limited {
		return math.MaxInt64
	}
	return login.HashingBudget(limit)
}
