package kube

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"tokenwright.dev/api/v1alpha1"
)

// callTimeout bounds one request to the API server.
const callTimeout = 5 * time.Second

// The resources that this package reads and writes.
const (
	grants      = "tokengrants"
	marks       = "tokenmarks"
	revocations = "tokenrevocations"
)

// connection is one issuer's way to its objects. It is safe for concurrent use.
type connection struct {
	namespace, issuer string
	rest              rest.Interface
}

// object is an API object of this package's kinds.
type object interface {
	metav1.Object
	runtime.Object
}

func connect(config *rest.Config, namespace, issuer string) (*connection, error) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("prepare the scheme: %w", err)
	}
	config = rest.CopyConfig(config)
	config.QPS = -1 // a login must not wait for the sweeper, which has a pace of its own
	config.GroupVersion, config.APIPath = &v1alpha1.GroupVersion, "/apis"
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection to the API server: %w", err)
	}
	return &connection{namespace: namespace, issuer: issuer, rest: client}, nil
}

// meta is the metadata of an object that is written. The label is for people; the watch goes by spec.issuerName.
func (c *connection) meta(name, resourceVersion string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: name, Namespace: c.namespace, ResourceVersion: resourceVersion,
		Labels: map[string]string{v1alpha1.IssuerLabel: c.issuer},
	}
}

// create writes a new object and reads what became of it. That is another one, since o may share memory with what a
// caller holds.
func (c *connection) create(ctx context.Context, resource string, o, into object) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return translate(c.rest.Post().Namespace(c.namespace).Resource(resource).Body(o).Do(ctx).Into(into))
}

// update replaces an object of the same resource version and reads what became of it.
func (c *connection) update(ctx context.Context, resource string, o, into object) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return translate(c.rest.Put().Namespace(c.namespace).Resource(resource).Name(o.GetName()).Body(o).Do(ctx).Into(into))
}

// get reads an object as the API server has it, without its cache.
func (c *connection) get(ctx context.Context, resource, name string, into object) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return translate(c.rest.Get().Namespace(c.namespace).Resource(resource).Name(name).Do(ctx).Into(into))
}

// delete deletes an object if it is still as the preconditions say. Nothing to delete is no error.
func (c *connection) delete(ctx context.Context, resource, name string, still metav1.Preconditions) error {
	return gone(c.deleteExactly(ctx, resource, name, still))
}

// deleteExactly is delete, with ErrNotFound when there is none, and ErrConflict when it is not as the preconditions say.
func (c *connection) deleteExactly(ctx context.Context, resource, name string, still metav1.Preconditions) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request := c.rest.Delete().Namespace(c.namespace).Resource(resource).Name(name).Body(&metav1.DeleteOptions{Preconditions: &still})
	return translate(request.Do(ctx).Error())
}

// listWatch lists and watches the issuer's objects of one kind. They are found by spec.issuerName, so that a manifest
// that somebody writes in a hurry needs no label.
func (c *connection) listWatch(resource string, failed func()) *cache.ListWatch {
	request := func(options metav1.ListOptions) *rest.Request {
		options.FieldSelector = fields.OneTermEqualSelector("spec.issuerName", c.issuer).String()
		return c.rest.Get().Namespace(c.namespace).Resource(resource).VersionedParams(&options, metav1.ParameterCodec)
	}
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list, err := request(options).Do(ctx).Get()
			if err != nil {
				failed()
			}
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.Watch = true
			events, err := request(options).Watch(ctx)
			if err != nil {
				failed()
			}
			return events, err
		},
	}
}
