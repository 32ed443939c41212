package tokenissuer_test

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stage"
)

// userWith is a file with one user, whose hash needs so many KiB.
func userWith(kib int) map[string][]byte {
	return map[string][]byte{registration.UsersDataKey: []byte("users: [" + entryOf(kib) + "]")}
}

func entryOf(kib int) string {
	return fmt.Sprintf("{username: alice, passwordHash: "+
		"'$argon2id$v=19$m=%d,t=3,p=4$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI'}", kib)
}

// employ makes the Secret with the users of the issuer.
func (s *story) employ(t *testing.T, data map[string][]byte) *corev1.Secret {
	t.Helper()
	users := s.secret("users")
	users.Labels = map[string]string{v1alpha1.IssuerLabel: "default"}
	users.Type, users.Data = v1alpha1.UsersSecretType, data
	s.Create(t, users)
	return users
}

// limit is what the issuer's Pods may use of memory.
func (s *story) limit(t *testing.T) string {
	t.Helper()
	deployment := named(s, new(appsv1.Deployment))
	s.Read(t, deployment)
	return deployment.Spec.Template.Spec.Containers[0].Resources.Limits.Memory().String()
}

// TestPodsHaveRoomForPasswords: where nobody says what Pods may use, the file of users does; where somebody does, the file
// is measured by that.
func TestPodsHaveRoomForPasswords(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	stage.Change(t, s.Stage, s.issuer, staffed)
	users := s.employ(t, userWith(64<<10))
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionTrue, v1alpha1.ReasonProvidersReady)
	if got := s.limit(t); got != "320Mi" {
		t.Errorf("hashes of 64 MiB: a limit of %s, want 320Mi", got)
	}
	s.Writes()
	s.pass(t)
	if writes := s.Writes(); len(writes) > 0 {
		t.Errorf("a second pass wrote %q", writes)
	}
	stage.Change(t, s.Stage, users, func(held *corev1.Secret) {
		held.Data = map[string][]byte{registration.UsersDataKey: []byte("users: 7")}
	})
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionFalse, v1alpha1.ReasonUsersNotAccepted)
	if got := s.limit(t); got != "320Mi" {
		t.Errorf("while the file cannot be read: a limit of %s, want 320Mi still", got)
	}
	stage.Change(t, s.Stage, users, func(held *corev1.Secret) {
		held.Data[registration.UsersDataKey] = []byte("users:\n- {username: bob}\n- " + entryOf(64) + "\n")
	})
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionTrue, v1alpha1.ReasonUserEntriesRefused)
	message := stage.Message(s.issuer, v1alpha1.IdentityProvidersReady)
	if !strings.Contains(message, "line 2: passwordHash: write a hash") || strings.Contains(message, "bob") {
		t.Errorf("IdentityProvidersReady says %q, want line and reason, and nobody's name", message)
	}
	if got := s.limit(t); got != "320Mi" {
		t.Errorf("while an entry cannot be read: a limit of %s, want 320Mi still", got)
	}
	stage.Change(t, s.Stage, users, func(held *corev1.Secret) { held.Data = userWith(64) })
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionTrue, v1alpha1.ReasonProvidersReady)
	if got := s.limit(t); got != "256Mi" {
		t.Errorf("cheap hashes: a limit of %s, want 256Mi", got)
	}
	stage.Change(t, s.Stage, users, func(held *corev1.Secret) { held.Data = userWith(128 << 10) })
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Deployment = &v1alpha1.Deployment{Resources: &v1alpha1.Resources{
			Limits: &v1alpha1.ResourceAmounts{Memory: new(resource.MustParse("256Mi"))},
		}}
	})
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonCertificateMissing)
	if message := stage.Message(s.issuer, v1alpha1.Ready); !strings.Contains(message, "IdentityProvidersReady (UsersTooCostly)") {
		t.Errorf("Ready says %q, want what else is wrong", message)
	}
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionFalse, v1alpha1.ReasonUsersTooCostly)
	message = stage.Message(s.issuer, v1alpha1.IdentityProvidersReady)
	if !strings.Contains(message, "line ") || strings.Contains(message, "alice") || !strings.Contains(message, "537Mi") || strings.Contains(message, "mU4Ul2") {
		t.Errorf("IdentityProvidersReady says %q, want where the hash stands and what to do, without it and its owner", message)
	}
}

// TestUsersSecretOfAnotherKind is told from one that is well.
func TestUsersSecretOfAnotherKind(t *testing.T) {
	for name, change := range map[string]func(*corev1.Secret){
		"the type of Secret users is Opaque":         func(held *corev1.Secret) { held.Type = corev1.SecretTypeOpaque },
		"there is no key users.yaml in Secret users": func(held *corev1.Secret) { held.Data = map[string][]byte{"people.yaml": nil} },
	} {
		s := begin(t, staffed)
		users := s.secret("users")
		users.Labels = map[string]string{v1alpha1.IssuerLabel: "default"}
		users.Type, users.Data = v1alpha1.UsersSecretType, userWith(64)
		change(users)
		s.Create(t, users)
		s.pass(t)
		s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionFalse, v1alpha1.ReasonUsersNotAccepted)
		if message := stage.Message(s.issuer, v1alpha1.Ready); !strings.Contains(message, name) {
			t.Errorf("Ready says %q, want %q", message, name)
		}
	}
}

// TestGatewayWithoutTrustedProxies warns, once, and holds nothing back.
func TestGatewayWithoutTrustedProxies(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Exposure = &v1alpha1.Exposure{Ingress: &v1alpha1.IngressExposure{}}
	})
	s.answers(t, s.certify(t, "issuer.example"))
	s.pass(t)
	s.serves(t)
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.SourcesKnown, metav1.ConditionFalse, v1alpha1.ReasonNoTrustedProxies)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	var told []string
	for _, event := range s.Told() {
		if strings.Contains(event, v1alpha1.ReasonNoTrustedProxies) {
			told = append(told, event)
		}
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], corev1.EventTypeWarning) {
		t.Errorf("told %q, want one warning", told)
	}
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Deployment = &v1alpha1.Deployment{TrustedProxies: []v1alpha1.CIDR{"10.60.8.0/28"}}
	})
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.SourcesKnown, metav1.ConditionTrue, v1alpha1.ReasonTrustedProxies)
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) { ti.Spec.Exposure = nil })
	s.pass(t)
	if got := stage.Message(s.issuer, v1alpha1.SourcesKnown); got != "" {
		t.Errorf("without a gateway: %q", got)
	}
}
