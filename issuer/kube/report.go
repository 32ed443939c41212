package kube

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"tokenwright.dev/api/v1alpha1"
	oauthac "tokenwright.dev/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"tokenwright.dev/issuer/registry"
)

const (
	// renewal is how often a report is renewed; one that is older than five minutes speaks for nobody.
	renewal = time.Minute
	// reportPause is the least time between two reports.
	reportPause = time.Second
	// reportTimeout bounds one attempt to write.
	reportTimeout = 10 * time.Second
	// farewellTimeout bounds the attempt to delete the report at the end.
	farewellTimeout = 2 * time.Second

	fieldManager = "tokenwright-issuer"
	reports      = "issuerreports"
)

// Reporter keeps this replica's IssuerReport true: which rings it has loaded, how its identity
// providers are, and that it lives.
type Reporter struct {
	Cluster  *Cluster
	Registry *registry.Registry
	Log      *slog.Logger
	// Health tells of the identity providers; nothing is said of them when nil.
	Health func() []v1alpha1.IdentityProviderReport

	name    string
	changed chan struct{}
	spoken  bool // it has written a report
}

// NewReporter makes a reporter for the replica that is called so: by a name that no other replica of the issuer has, and
// that it keeps when it starts again, so that its former report is not mistaken for one more replica's.
func NewReporter(cluster *Cluster, known *registry.Registry, log *slog.Logger, replica string) *Reporter {
	return &Reporter{
		Cluster: cluster, Registry: known, Log: log,
		name: reportName(cluster.name, replica), changed: make(chan struct{}, 1),
	}
}

// maxName is the longest name of an object.
const maxName = 253

// reportName makes a name for an object (RFC 1123) of what may be any host's.
func reportName(issuer, replica string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(replica))
	name := issuer + "-" + plain
	return strings.Trim(name[:min(len(name), maxName)], "-")
}

// Changed asks for a report soon. It never blocks.
func (r *Reporter) Changed() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=issuerreports,verbs=create;patch;delete

// Run reports until ctx ends, and then deletes the report. A failure is logged and tried again; nothing waits for it.
func (r *Reporter) Run(ctx context.Context) {
	defer r.farewell(ctx)
	due := time.NewTimer(renewal)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.changed:
		case <-due.C:
		}
		due.Reset(r.report(ctx))
		select { // several changes at once make one report
		case <-ctx.Done():
			return
		case <-time.After(reportPause):
		}
	}
}

// report writes the report and returns when to do it again.
//
// The first one waits for a configuration, so that it tells of the identity providers, too: one that does not is taken for that
// of an older version. A replica without a configuration serves nobody.
func (r *Reporter) report(ctx context.Context) time.Duration {
	if !r.spoken && r.Health != nil && r.Registry.Snapshot().Config() == nil {
		return renewal
	}
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	if err := r.write(ctx); err != nil {
		r.Log.WarnContext(ctx, "Failed to write the report of this replica", "error", err)
		return wait.Jitter(reportTimeout, 0.5)
	}
	r.spoken = true
	return wait.Jitter(renewal, 0.1)
}

func (r *Reporter) write(ctx context.Context) error {
	report, err := r.describe(time.Now())
	if err != nil {
		return err
	}
	body, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return r.Cluster.oauth.Patch(types.ApplyYAMLPatchType).Namespace(r.Cluster.namespace).Resource(reports).Name(r.name).
		VersionedParams(&metav1.PatchOptions{FieldManager: fieldManager, Force: new(true)}, metav1.ParameterCodec).
		Body(body).Do(ctx).Error()
}

func (r *Reporter) describe(now time.Time) (*oauthac.IssuerReportApplyConfiguration, error) {
	snapshot := r.Registry.Snapshot()
	spec := oauthac.IssuerReportSpec().
		WithIssuerName(r.Cluster.name).
		WithRenewedAt(metav1.NewTime(now)).
		WithSealingRevision(snapshot.SealingRevision()).
		WithRegistrations(int32(snapshot.Len())) //nolint:gosec // far below two thousand million
	if config := snapshot.Config(); config != nil {
		spec.WithURLs(config.URL)
		for _, other := range config.Others {
			spec.WithURLs(other.URL)
		}
	}
	if set := snapshot.Keys(); set != nil {
		spec.WithSigningRevision(set.Revision())
	}
	if r.Health != nil {
		var err error
		if spec.IdentityProviders, err = providersIn(r.Health()); err != nil {
			return nil, err
		}
	}
	return oauthac.IssuerReport(r.name, r.Cluster.namespace).WithSpec(spec), nil
}

// providersIn puts what is known of identity providers into the form in which a report is applied.
func providersIn(health []v1alpha1.IdentityProviderReport) ([]oauthac.IdentityProviderReportApplyConfiguration, error) {
	text, err := json.Marshal(health)
	if err != nil {
		return nil, err
	}
	var out []oauthac.IdentityProviderReportApplyConfiguration
	return out, json.Unmarshal(text, &out)
}

// farewell deletes the report, so that nobody waits for this replica any more.
func (r *Reporter) farewell(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellTimeout)
	defer cancel()
	err := r.Cluster.oauth.Delete().Namespace(r.Cluster.namespace).Resource(reports).Name(r.name).Do(ctx).Error()
	if err != nil && !apierrors.IsNotFound(err) {
		r.Log.WarnContext(ctx, "Failed to delete the report of this replica", "error", err)
	}
}
