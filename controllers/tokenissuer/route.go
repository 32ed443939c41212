package tokenissuer

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
)

// errNoGatewayAPI is returned where a route is asked for in a cluster that knows none.
var errNoGatewayAPI = errors.New("this cluster does not know HTTPRoutes: install the Gateway API, or leave out spec.exposure.httpRoute")

// route keeps the HTTPRoute. Most clusters know no such kind, so it is neither compiled in nor watched: whoever changes it
// is overruled by the next pass, which comes with the replicas' reports.
func (r *Reconciler) route(ctx context.Context, ti *v1alpha1.TokenIssuer) error {
	route, live := workload.Route(ti), new(unstructured.Unstructured)
	live.SetGroupVersionKind(workload.RouteKind)
	live.SetNamespace(ti.Namespace)
	live.SetName(workload.Name(ti))
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(live), live)
	switch {
	case apimeta.IsNoMatchError(err) && route == nil:
		return nil
	case apimeta.IsNoMatchError(err):
		return errNoGatewayAPI
	case client.IgnoreNotFound(err) != nil:
		return fmt.Errorf("route: %w", err)
	case route == nil:
		return r.act(ctx, ti, live, nil, nil)
	}
	return r.act(ctx, ti, live, client.ApplyConfigurationFromUnstructured(route), func() (bool, error) {
		return equality.Semantic.DeepEqual(live.Object["spec"], route.Object["spec"]), nil
	})
}

// nameOf names an object as people do: "Service default-issuer".
func nameOf(object client.Object) string {
	kind := object.GetObjectKind().GroupVersionKind().Kind
	if kind == "" {
		kind = reflect.TypeOf(object).Elem().Name()
	}
	return kind + " " + object.GetName()
}
