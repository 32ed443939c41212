package tokenissuer

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/issuer/keys"
)

// due is when the next signing key takes over, by issuer. Of TokenIssuers that are served there are as many as the
// platform makes.
var due = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Namespace: "tokenwright_operator", Name: "signing_key_rotation_due_timestamp_seconds",
	Help: "Time at which the next signing key of an issuer has to take over.",
}, []string{"issuer_namespace", "issuer"})

// Register adds what this package counts to a registry, once: a second time is an AlreadyRegisteredError.
func Register(registry prometheus.Registerer) error { return registry.Register(due) }

func countRotation(issuer types.NamespacedName, at time.Time) {
	if at.IsZero() { // its first key is on its way: KeysReady says so
		forgetRotation(issuer)
		return
	}
	due.WithLabelValues(issuer.Namespace, issuer.Name).Set(float64(at.Unix()))
}

func forgetRotation(issuer types.NamespacedName) {
	due.DeleteLabelValues(issuer.Namespace, issuer.Name)
}

// rotationDue is when the first of the planned algorithms has had a key for as long as keys sign; zero where none has
// one. A key that is Pending, for want of a replica that has loaded it, moves nothing.
func rotationDue(ring keys.Ring, plan keys.Plan) time.Time {
	var first time.Time
	for _, algorithm := range plan.Algorithms {
		var newest time.Time
		for _, k := range ring.Keys {
			if k.JWK.Algorithm == algorithm && k.SignFrom.After(newest) {
				newest = k.SignFrom
			}
		}
		if at := newest.Add(plan.RotationInterval); !newest.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}
