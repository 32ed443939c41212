package env_test

import (
	"testing"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/env"
)

func TestMain(m *testing.M) { env.Main(m) }

func TestStartSharesOneServer(t *testing.T) {
	first, second := env.Start(t), env.Start(t)
	if first != second {
		t.Error("two calls of Start made two servers")
	}
	if err := first.Client.List(t.Context(), &v1alpha1.OAuthClientList{}); err != nil {
		t.Errorf("the server does not know OAuthClients: %v", err)
	}
}

func TestNamespacesDiffer(t *testing.T) {
	e := env.Start(t)
	if first, second := e.Namespace(t), e.Namespace(t); first == second {
		t.Errorf("two tests got the namespace %s", first)
	}
}
