package controllers_test

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/env"
)

// TestScope asks a cache of some namespaces for what stands elsewhere.
func TestScope(t *testing.T) {
	e := env.Start(t)
	issuers, watched, elsewhere := e.Namespace(t), e.Namespace(t), e.Namespace(t)
	for _, namespace := range []string{issuers, watched, elsewhere} {
		oc := build.OAuthClient(namespace + "/orders")
		if err := e.Client.Create(t.Context(), oc); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Client.Delete(context.Background(), oc) })
	}
	options := controllers.CacheOptions([]string{issuers}, []string{watched})
	options.Scheme = e.Scheme
	scoped, err := controllers.NewCache(e.Config, options)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = scoped.Start(t.Context()) }()
	if !scoped.WaitForCacheSync(t.Context()) {
		t.Fatal("the cache never started")
	}
	for _, tc := range []struct {
		namespace string // all when empty
		want      int
	}{
		{issuers, 1}, {watched, 1}, {elsewhere, 0}, {"", 2},
	} {
		var list v1alpha1.OAuthClientList
		if err := scoped.List(t.Context(), &list, client.InNamespace(tc.namespace)); err != nil || len(list.Items) != tc.want {
			t.Errorf("clients in %q: %d (%v), want %d", tc.namespace, len(list.Items), err, tc.want)
		}
	}
	key := client.ObjectKey{Namespace: elsewhere, Name: "orders"}
	if err := scoped.Get(t.Context(), key, new(v1alpha1.OAuthClient)); !apierrors.IsNotFound(err) {
		t.Errorf("get a client elsewhere: %v, want not found", err)
	}
	if err := scoped.Get(t.Context(), client.ObjectKey{Name: elsewhere}, new(corev1.Namespace)); err != nil {
		t.Errorf("get the namespace elsewhere: %v", err)
	}
}
