package controllers

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"tokenwright.dev/controllers/accepted"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/controllers/oauthclient"
	"tokenwright.dev/controllers/rollout"
	"tokenwright.dev/controllers/tokenissuer"
	"tokenwright.dev/controllers/tokenpolicy"
	"tokenwright.dev/controllers/workload"
)

// Options is what the operator is told at start.
type Options struct {
	// IssuerNamespaces are those whose TokenIssuers are served, and whose policies are root policies. At least one.
	IssuerNamespaces []string
	// DefaultIssuer serves the clients that name no issuer.
	DefaultIssuer types.NamespacedName
	// Image is what issuers run that name no image; without it those are refused.
	Image workload.Image
	// Workers is how many clients are reconciled at a time. At least one.
	Workers int
}

// What the manager itself needs, to lead: the Lease, and Events of it (of the older kind); and to know its own image, its
// Pod.
// +kubebuilder:rbac:groups="",resources=pods,verbs=get,namespace=tokenwright-system
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=get;create;update,namespace=tokenwright-system
// +kubebuilder:rbac:groups="",resources=events,verbs=create,namespace=tokenwright-system

// Setup adds every controller to mgr.
func Setup(ctx context.Context, mgr ctrl.Manager, options Options) error {
	var (
		events   = mgr.GetEventRecorder("tokenwright")
		finder   = clients.Finder{Cache: mgr.GetClient(), DefaultIssuer: options.DefaultIssuer}
		versions = accepted.Versions{Live: mgr.GetAPIReader(), IssuerNamespaces: options.IssuerNamespaces}
		book     = accepted.NewBook(mgr.GetClient(), versions)
		tracker  = rollout.New()
	)
	if err := finder.Index(ctx, mgr.GetFieldIndexer()); err != nil {
		return fmt.Errorf("index clients: %w", err)
	}
	others, err := others(mgr, options.IssuerNamespaces)
	if err != nil {
		return fmt.Errorf("watch the Secrets of others: %w", err)
	}
	issuers := &tokenissuer.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Clock: clock.RealClock{}, Events: events,
		Clients: finder, IssuerNamespaces: options.IssuerNamespaces, Image: options.Image,
	}
	if err := issuers.SetupWithManager(mgr, others); err != nil {
		return fmt.Errorf("tokenissuer: %w", err)
	}
	policies := &tokenpolicy.Reconciler{
		Client: mgr.GetClient(), Clock: clock.RealClock{}, Events: events, Clients: finder, Versions: versions, Policies: book,
		Queue: fairqueue.New(), Rollout: tracker,
	}
	if err := policies.SetupWithManager(mgr); err != nil {
		return fmt.Errorf("tokenpolicy: %w", err)
	}
	registrar := &oauthclient.Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Clock: clock.RealClock{}, Events: events,
		Clients: finder, Versions: versions, Policies: book, Queue: fairqueue.New(), Rollout: tracker,
	}
	if err := registrar.SetupWithManager(ctx, mgr, options.Workers); err != nil {
		return fmt.Errorf("oauthclient: %w", err)
	}
	return nil
}
