package live

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Review asks kube-apiserver who the bearer of a token is.
func (in *Installation) Review(ctx context.Context, token string) (authenticationv1.UserInfo, error) {
	config := rest.AnonymousClientConfig(in.Config)
	config.BearerToken = token
	asker, err := client.New(config, client.Options{Scheme: in.Client.Scheme(), Mapper: in.Client.RESTMapper()})
	if err != nil {
		return authenticationv1.UserInfo{}, err
	}
	review := new(authenticationv1.SelfSubjectReview)
	err = asker.Create(ctx, review)
	return review.Status.UserInfo, err
}

// AwaitTrust waits until kube-apiserver has found the issuer: it was there first, and looks every ten seconds.
func (in *Installation) AwaitTrust(t testing.TB, token string) {
	t.Helper()
	began := time.Now()
	in.Until(t, Patience, "kube-apiserver to take a token", func(ctx context.Context) (Answer, error) {
		_, err := in.Review(ctx, token)
		if apierrors.IsUnauthorized(err) {
			return Answer{Status: http.StatusUnauthorized}, nil
		}
		return Answer{Status: http.StatusOK}, err
	}, func(answer Answer) bool { return answer.Status == http.StatusOK })
	t.Logf("kube-apiserver took the first token after %v", time.Since(began).Round(time.Millisecond))
}

// WhoAmI uses a token as a person would: with kubectl.
func (in *Installation) WhoAmI(t testing.TB, token string) authenticationv1.UserInfo {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, in.Config.CAData, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), in.Kubectl(), "auth", "whoami", "--output=json",
		"--server="+in.Config.Host, "--certificate-authority="+ca, "--token="+token)
	command.Env = append(os.Environ(), "KUBECONFIG="+os.DevNull, "KUBECACHEDIR="+t.TempDir())
	output, err := command.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("kubectl auth whoami: %v\n%s", err, failed.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var review authenticationv1.SelfSubjectReview
	if err := json.Unmarshal(output, &review); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return review.Status.UserInfo
}
