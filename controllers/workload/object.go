package workload

import (
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// Object is one of the objects that run a TokenIssuer.
type Object struct {
	// Live is of its kind and has its name, to be read into.
	Live client.Object
	// Want is what it should be; nil when it should not be there.
	Want runtime.ApplyConfiguration
	// Held is what of Live a field manager has applied, in the form of Want.
	Held func(manager string) (any, error)
}

// object makes an Object. A want that is nil stays nil as an interface.
func object[L client.Object, C any, P interface {
	*C
	runtime.ApplyConfiguration
}](ti *v1alpha1.TokenIssuer, live L, want P, extract func(L, string) (P, error),
) Object {
	live.SetNamespace(ti.Namespace)
	live.SetName(Name(ti))
	o := Object{Live: live, Held: func(manager string) (any, error) { return extract(live, manager) }}
	if want != nil {
		o.Want = want
	}
	return o
}
