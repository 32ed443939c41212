package stack

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// widgets is what the stack of these tests applies: an object in a namespace of its own.
const widgets = `
apiVersion: tests.example.com/v1
kind: Widget
metadata: {name: one, namespace: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`

// TestControlPlane shows what the stack adds to etcd and kube-apiserver, one story after the other on one stack.
func TestControlPlane(t *testing.T) {
	s := start(t)
	t.Run("ServiceAccounts have their Roles and no more", s.testAccount)
	t.Run("owned objects go with their owner", s.testGarbageCollection)
	t.Run("kube-apiserver comes back with port, data and certificates", s.testRestart)
	t.Run("a program that ends at once is quoted", s.testLastWords)
	t.Run("a deleted namespace goes away with what is in it", s.testNamespaceDeletion)
}

// start runs a control plane on testdata/root: no operator, no issuer, one CRD and one ServiceAccount.
func start(t *testing.T) *Stack {
	t.Helper()
	if os.Getenv(assetsEnv) == "" && os.Getenv("CI") != "true" {
		t.Skipf("%s is not set: run make test, or hack/controlplane/build.sh", assetsEnv)
	}
	objects, err := Decode([]byte(widgets))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	began := time.Now()
	s, err := Start(t.Context(), Options{Root: "testdata/root", Objects: objects, Log: &log})
	if err != nil {
		t.Fatalf("Start: %v\n%s", err, log.String())
	}
	t.Logf("started in %v:\n%s", time.Since(began), log.String())
	t.Cleanup(func() {
		began := time.Now()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
			t.Errorf("Close left %s: %v", s.dir, err)
		}
		t.Logf("closed in %v", time.Since(began))
	})
	return s
}

func (s *Stack) testAccount(t *testing.T) {
	reader := s.as(t, "reader")
	for _, tc := range []struct {
		namespace string
		object    client.Object
		want      metav1.StatusReason
	}{
		{Namespace, &corev1.ConfigMap{}, metav1.StatusReasonNotFound}, // that is: allowed to ask
		{"shop", &corev1.ConfigMap{}, metav1.StatusReasonForbidden},
		{Namespace, &corev1.Secret{}, metav1.StatusReasonForbidden},
	} {
		err := reader.Get(t.Context(), client.ObjectKey{Namespace: tc.namespace, Name: "x"}, tc.object)
		if got := apierrors.ReasonForError(err); got != tc.want {
			t.Errorf("get %T in %s: %v, want %s", tc.object, tc.namespace, err, tc.want)
		}
	}
}

func (s *Stack) testGarbageCollection(t *testing.T) {
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "owner"}}
	s.create(t, owner)
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: "owned",
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}},
	}}
	s.create(t, owned)
	s.deleteAndWait(t, owner, &corev1.ConfigMapList{}, owned)
}

func (s *Stack) testRestart(t *testing.T) {
	reader, key := s.as(t, "reader"), client.ObjectKey{Namespace: Namespace, Name: "kept"}
	s.create(t, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}})
	began := time.Now()
	if err := s.StopAPIServer(); err != nil {
		t.Fatalf("StopAPIServer: %v", err)
	}
	stopped := time.Since(began)
	if err := reader.Get(t.Context(), key, &corev1.ConfigMap{}); err == nil {
		t.Error("kube-apiserver answers after StopAPIServer")
	}
	if err := s.StartAPIServer(); err != nil {
		t.Fatalf("StartAPIServer: %v", err)
	}
	t.Logf("stopped in %v, started again in %v", stopped, time.Since(began)-stopped)
	for name, c := range map[string]client.Client{"admin": s.Client, "reader": reader} {
		if err := c.Get(t.Context(), key, &corev1.ConfigMap{}); err != nil {
			t.Errorf("get as %s after the restart: %v", name, err)
		}
	}
}

func (s *Stack) testLastWords(t *testing.T) {
	s.options.Binary = filepath.Join(t.TempDir(), "tokenwright")
	script := "#!/bin/sh\necho unknown flag: $2\nexit 2\n"
	if err := os.WriteFile(s.options.Binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	err := s.StartOperator(t.Context())
	for _, want := range []string{"operator ended (exit status 2)", "unknown flag: --kubeconfig="} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("StartOperator: %v, want %q in it", err, want)
		}
	}
	if err := s.Wait(t.Context()); err == nil {
		t.Error("Wait found nothing wrong with an operator that has ended")
	}
}

func (s *Stack) testNamespaceDeletion(t *testing.T) {
	one := &unstructured.Unstructured{}
	one.SetAPIVersion("tests.example.com/v1")
	one.SetKind("Widget")
	if err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "one"}, one); err != nil {
		t.Fatalf("get what Start applied: %v", err)
	}
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	s.deleteAndWait(t, shop, &corev1.NamespaceList{}, shop)
}

// as returns a client with the kubeconfig that a process of this ServiceAccount would get.
func (s *Stack) as(t *testing.T, account string) client.Client {
	t.Helper()
	kubeconfig, err := s.account(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(config, client.Options{Mapper: s.Client.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *Stack) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := s.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// deleteAndWait deletes one object and watches until another one is gone.
func (s *Stack) deleteAndWait(t *testing.T, deleted client.Object, list client.ObjectList, gone client.Object) {
	t.Helper()
	began := time.Now()
	events, err := s.Client.Watch(t.Context(), list, client.InNamespace(gone.GetNamespace()), client.MatchingFields{"metadata.name": gone.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	defer events.Stop()
	if err := s.Client.Delete(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(startTimeout)
	for {
		select {
		case event := <-events.ResultChan():
			if event.Type == watch.Deleted {
				t.Logf("gone after %v", time.Since(began))
				return
			}
		case <-deadline:
			t.Fatalf("%s is still there %v after the deletion of %s", gone.GetName(), startTimeout, deleted.GetName())
		}
	}
}
