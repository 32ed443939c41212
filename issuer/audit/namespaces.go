package audit

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// namedNamespaces bounds the values of the label: so many namespaces have a series of their own.
	namedNamespaces = 20
	// otherNamespaces stands for all further ones; no namespace can be called so.
	otherNamespaces = "(other)"
)

// namespaces counts clients by namespace when it is asked, since nobody asks often.
type namespaces struct {
	desc  *prometheus.Desc
	count atomic.Pointer[func() map[string]int]
}

func newNamespaces() *namespaces {
	return &namespaces{desc: prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "registrations_by_namespace"),
		"Clients that this replica knows, of the namespaces that have the most.", []string{"namespace"}, nil)}
}

// CountNamespaces lets the metrics ask how many clients each namespace has. The function must be safe for concurrent use,
// and what it returns is not kept.
func (m *Metrics) CountNamespaces(count func() map[string]int) { m.namespaces.count.Store(&count) }

// Describe says what Collect collects.
func (n *namespaces) Describe(out chan<- *prometheus.Desc) { out <- n.desc }

// Collect names those that have the most, and sums up the rest.
func (n *namespaces) Collect(out chan<- prometheus.Metric) {
	count := n.count.Load()
	if count == nil {
		return
	}
	counts := (*count)()
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	others := 0
	for i, name := range names {
		if i < namedNamespaces {
			out <- prometheus.MustNewConstMetric(n.desc, prometheus.GaugeValue, float64(counts[name]), name)
		} else {
			others += counts[name]
		}
	}
	if others > 0 {
		out <- prometheus.MustNewConstMetric(n.desc, prometheus.GaugeValue, float64(others), otherNamespaces)
	}
}
