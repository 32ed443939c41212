package oauthclient

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"tokenwright.dev/api/v1alpha1"
)

// Release is release.
func (r *Reconciler) Release(ctx context.Context, oc *v1alpha1.OAuthClient) error {
	return r.release(ctx, oc)
}

// OnSecret, OnPolicy, OnIssuer and OnNamespace are what the watches call.
func (r *Reconciler) OnSecret() handler.Funcs {
	return handler.Funcs{CreateFunc: r.secretCreated, UpdateFunc: r.secretUpdated, DeleteFunc: r.secretDeleted}
}

// OnClientDeleted is what the watch of clients calls beside waking the client itself.
func (r *Reconciler) OnClientDeleted() handler.Funcs {
	return handler.Funcs{DeleteFunc: r.clientDeleted}
}

// LoginsChanged is loginsChanged.
func (r *Reconciler) LoginsChanged(ctx context.Context, e event.UpdateEvent, q queue) {
	r.loginsChanged(ctx, e, q)
}

func (r *Reconciler) OnPolicy() handler.EventHandler    { return r.onPolicy() }
func (r *Reconciler) OnIssuer() handler.EventHandler    { return everyEvent(r.wakeIssuer) }
func (r *Reconciler) OnNamespace() handler.EventHandler { return everyEvent(r.wakeNamespace) }
