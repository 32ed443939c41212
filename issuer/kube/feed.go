package kube

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// Feed keeps a registry up to date. All fields are required but Audit and Heard.
type Feed struct {
	Cluster  *Cluster
	Registry *registry.Registry
	Metrics  *audit.Metrics
	Log      *slog.Logger
	Now      func() time.Time
	// Synced is called once, when all that the API server has is in the registry.
	Synced func()
	// Loaded is called after a ring of another revision has been taken into use.
	Loaded func()
	// Audit is told of keys that were revoked; nobody is when it is nil.
	Audit *audit.Log
	// Heard is called with the name of a resource after each word on it, when that is in the registry.
	Heard func(resource string)

	unsynced atomic.Int32 // resources that have not arrived yet
	complain *rate.Sometimes
}

// newComplaints lets the first few complaints through, and then one a second.
func newComplaints() *rate.Sometimes { return &rate.Sometimes{First: 20, Interval: time.Second} }

// The resources that are watched.
const (
	secrets    = "secrets"
	configMaps = "configmaps"
)

// backoff is the pause between attempts to reach the API server. It stays short: changes wait at the other end.
var backoff = wait.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.5, Steps: 6, Cap: 5 * time.Second}

// +kubebuilder:rbac:groups="",resources=secrets;configmaps,verbs=list;watch

// Run watches until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	f.complain = newComplaints()
	resources := []struct {
		name     string
		kind     runtime.Object
		selector metav1.ListOptions
		store    cache.ReflectorStore
	}{
		{secrets, &corev1.Secret{}, metav1.ListOptions{
			LabelSelector: labels.Set{v1alpha1.IssuerLabel: f.Cluster.name}.String(),
		}, &secretStore{Feed: f}},
		{configMaps, &corev1.ConfigMap{}, metav1.ListOptions{
			FieldSelector: fields.OneTermEqualSelector("metadata.name", registration.ServiceName(f.Cluster.name)).String(),
		}, &configStore{Feed: f}},
	}
	f.unsynced.Store(int32(len(resources))) //nolint:gosec // two
	var running sync.WaitGroup
	for _, r := range resources {
		pause := backoff
		reflector := cache.NewReflectorWithOptions(f.listWatch(r.name, r.selector), r.kind, r.store,
			cache.ReflectorOptions{Name: r.name, Backoff: &pause})
		running.Go(func() { reflector.RunWithContext(ctx) })
	}
	running.Wait()
}

// listWatch lists and watches what selector selects, and counts the failures.
func (f *Feed) listWatch(resource string, selector metav1.ListOptions) *cache.ListWatch {
	tune := func(options metav1.ListOptions) *metav1.ListOptions {
		options.LabelSelector, options.FieldSelector = selector.LabelSelector, selector.FieldSelector
		return &options
	}
	failed := func(err error) {
		if err != nil {
			f.Metrics.WatchFailed(resource)
		}
	}
	core, namespace := f.Cluster.core, f.Cluster.namespace
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list, err := core.Get().Namespace(namespace).Resource(resource).
				VersionedParams(tune(options), metav1.ParameterCodec).Do(ctx).Get()
			failed(err)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.Watch = true
			events, err := core.Get().Namespace(namespace).Resource(resource).
				VersionedParams(tune(options), metav1.ParameterCodec).Watch(ctx)
			failed(err)
			return events, err
		},
	}
}

// heard notes a word from the API server.
func (f *Feed) heard(resource string) {
	f.Metrics.Synced(resource, f.Now())
	if f.Heard != nil {
		f.Heard(resource)
	}
}

// arrived notes that the first complete list of a resource is in the registry.
func (f *Feed) arrived() {
	if f.unsynced.Add(-1) == 0 {
		f.Synced()
	}
}

// unreadable counts a version of an object that cannot be used. When there are many, the log holds only some.
func (f *Feed) unreadable(kind, name string, err error) {
	f.Metrics.Unreadable(kind)
	f.complain.Do(func() {
		f.Log.Error("Ignoring an object that cannot be read", "kind", kind, "name", name, "error", err)
	})
}

var errUnexpected = errors.New("unexpected type of object")
