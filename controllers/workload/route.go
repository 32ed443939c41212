package workload

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"tokenwright.dev/api/v1alpha1"
)

// RouteKind is the Gateway API's. Clusters without it know no such kind.
var RouteKind = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}

// fields are those of an object whose kind we do not compile in.
type fields = map[string]any

// Route is the HTTPRoute that ti asks for; nil if it asks for none. All that the Gateway API would fill in stands in it,
// so that it can be compared with what is there.
func Route(ti *v1alpha1.TokenIssuer) *unstructured.Unstructured {
	wish := exposure(ti).HTTPRoute
	if wish == nil {
		return nil
	}
	hosts, matches := routed(places(ti))
	_, number := ServicePort(ti)
	spec := fields{
		"parentRefs": gateways(wish.ParentRefs),
		"rules": []any{fields{
			"matches":     matches,
			"backendRefs": []any{fields{"group": "", "kind": "Service", "name": Name(ti), "port": int64(number), "weight": int64(1)}},
		}},
	}
	if len(hosts) > 0 {
		spec["hostnames"] = hosts
	}
	route := &unstructured.Unstructured{Object: fields{"spec": spec}}
	route.SetGroupVersionKind(RouteKind)
	route.SetNamespace(ti.Namespace)
	route.SetName(Name(ti))
	route.SetLabels(labels(ti))
	by := owner(ti)
	_ = unstructured.SetNestedSlice(route.Object, []any{fields{
		"apiVersion": *by.APIVersion, "kind": *by.Kind, "name": *by.Name, "uid": string(*by.UID), "controller": *by.Controller,
	}}, "metadata", "ownerReferences") // it never fails on a map of maps
	return route
}

// routed are the hosts of a route and the paths that it takes at each of them. Where one place has no host to route by, no
// host is asked for.
func routed(at []place) (hosts, matches []any) {
	seen := map[string]bool{}
	named := true
	for _, p := range at {
		hosts, named = append(hosts, p.host), named && p.host != ""
		for _, prefix := range p.prefixes {
			if !seen[prefix] {
				seen[prefix] = true
				matches = append(matches, fields{"path": fields{"type": "PathPrefix", "value": prefix}})
			}
		}
	}
	if !named {
		hosts = nil
	}
	return hosts, matches
}

func gateways(refs []v1alpha1.GatewayReference) []any {
	out := make([]any, 0, len(refs))
	for _, ref := range refs {
		gateway := fields{"group": RouteKind.Group, "kind": "Gateway", "name": ref.Name}
		if ref.Namespace != "" {
			gateway["namespace"] = ref.Namespace
		}
		if ref.SectionName != "" {
			gateway["sectionName"] = ref.SectionName
		}
		out = append(out, gateway)
	}
	return out
}
