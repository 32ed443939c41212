package kill

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// names is a set of clients.
type names map[client.ObjectKey]bool

// staying are the clients that there are in the end.
func staying() names {
	out := names{}
	for i := range crowd {
		if !ends(i) {
			out[key(i)] = true
		}
	}
	return out
}

// settle waits until there is all that should be, and nothing else.
func (l *lives) settle(t *testing.T) {
	t.Helper()
	want := staying()
	live.AwaitAll(t, l.in, &v1alpha1.OAuthClientList{}, "every client that stays to be Ready", func(all live.Objects[*v1alpha1.OAuthClient]) bool {
		ready := names{}
		for name, oc := range all {
			ready[name] = live.IsReady(oc)
		}
		return maps.Equal(ready, want)
	})
	live.AwaitAll(t, l.in, &corev1.SecretList{}, "registrations of those and of nobody else", func(all live.Objects[*corev1.Secret]) bool {
		registered, count := names{}, 0
		for _, secret := range all {
			if secret.Type == v1alpha1.RegistrationSecretType {
				namespace, name, _ := strings.Cut(secret.Annotations[v1alpha1.OwnerAnnotation], "/")
				registered[client.ObjectKey{Namespace: namespace, Name: name}] = true
				count++
			}
		}
		return maps.Equal(registered, want) && count == len(want)
	}, client.InNamespace(stack.Namespace))
	live.AwaitAll(t, l.in, &corev1.SecretList{}, "Secrets of those and of nobody else", func(all live.Objects[*corev1.Secret]) bool {
		owners := names{}
		for name, secret := range all {
			owners[client.ObjectKey{Namespace: name.Namespace, Name: secret.Labels[v1alpha1.ClientLabel]}] = true
		}
		return maps.Equal(owners, want) && len(all) == len(want)
	}, client.HasLabels{v1alpha1.ClientLabel})
}

// wantCredentialsAccepted tries what is in the Secrets now, and all that ever was: Pods may still run with it.
func (l *lives) wantCredentialsAccepted(t *testing.T) {
	t.Helper()
	accepted, former := 0, 0
	for name := range staying() {
		oc := &v1alpha1.OAuthClient{}
		if err := l.in.Client.Get(t.Context(), name, oc); err != nil {
			t.Fatal(err)
		}
		present := l.in.Credentials(t, oc)
		for _, credentials := range append([]live.Credentials{present}, l.held[name]...) {
			verifier, asked := l.keys.verifier(), time.Now()
			answer, err := l.in.AskToken(t.Context(), credentials)
			if err != nil || answer.Status != http.StatusOK {
				t.Errorf("%v, in its Secret now: %t: %s (%v), want a token", name, credentials == present, answer.Says(), err)
				continue
			}
			if err := l.judge(t.Context(), verifier, answer.Token().AccessToken, asked); err != nil {
				t.Errorf("token of %v: %v", name, err)
			}
			if accepted++; credentials != present {
				former++
			}
		}
	}
	t.Logf("%d tokens in the end, %d of them for credentials that are in no Secret any more", accepted, former)
}

// wantDeadRefused tries the credentials of some who left; more would only meet the throttle.
func (l *lives) wantDeadRefused(t *testing.T) {
	t.Helper()
	tried := 0
	for name, held := range l.held {
		if staying()[name] || tried == 10 {
			continue
		}
		tried++
		answer, err := l.in.AskToken(t.Context(), held[len(held)-1])
		if err != nil || answer.Token().Error != "invalid_client" {
			t.Errorf("%v, which is gone: %s (%v), want invalid_client", name, answer.Says(), err)
		}
	}
	if tried == 0 {
		t.Error("nobody who left had credentials")
	}
}

// wantIdleRestart kills the operator once more. All is as it should be, so the next one has nothing to write.
func wantIdleRestart(t *testing.T, in *live.Installation) {
	t.Helper()
	if err := in.Operator.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := in.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	var metrics string
	in.Until(t, live.Patience, "the operator to have looked at everything", func(ctx context.Context) (live.Answer, error) {
		answer, err := in.Get(ctx, in.OperatorMetricsURL)
		if errors.Is(err, syscall.ECONNREFUSED) && in.Standing() {
			return live.Answer{}, nil // it is ready a moment before its metrics are
		}
		return answer, err
	}, func(answer live.Answer) bool {
		metrics = string(answer.Body)
		return sum(t, metrics, "controller_runtime_reconcile_total", `controller="oauthclient"`) >= len(staying()) &&
			sum(t, metrics, "controller_runtime_reconcile_total", `controller="tokenissuer"`) >= 1 &&
			sum(t, metrics, "workqueue_depth", "") == 0 && sum(t, metrics, "controller_runtime_active_workers", "") == 0
	})
	reads := sum(t, metrics, "rest_client_requests_total", `method="GET"`)
	writes := sum(t, metrics, "rest_client_requests_total", "") - reads
	t.Logf("the last operator made %d reads and %d writes", reads, writes)
	if reads == 0 || writes != 0 {
		t.Errorf("%d reads and %d writes after a restart that changed nothing, want some and none", reads, writes)
	}
}

// sum adds up the samples of a metric, in the text form of Prometheus, whose labels hold this one.
func sum(t *testing.T, metrics, name, label string) int {
	t.Helper()
	total := 0
	for _, sample := range regexp.MustCompile(`(?m)^`+name+`(\{.*\})? (\S+)$`).FindAllStringSubmatch(metrics, -1) {
		value, err := strconv.ParseFloat(sample[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(sample[1], label) {
			total += int(value)
		}
	}
	return total
}
