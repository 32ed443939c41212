package kube

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
)

// grantObject is a grant as the API server keeps it.
func (c *connection) grantObject(g store.Grant) *v1alpha1.TokenGrant {
	access := v1alpha1.OnlineAccess
	if g.Offline {
		access = v1alpha1.OfflineAccess
	}
	var granter v1alpha1.Granter // absent in most
	if g.ByPlatform {
		granter = v1alpha1.GrantedByPlatform
	}
	return &v1alpha1.TokenGrant{
		ObjectMeta: c.meta(g.ID, g.Revision),
		Spec: v1alpha1.TokenGrantSpec{
			IssuerName: c.issuer,
			Client: v1alpha1.GrantedClient{
				ID: v1alpha1.ClientID(g.Client.ID), Namespace: g.Client.Namespace, Name: g.Client.Name, UID: g.Client.UID,
			},
			Subject: g.Subject, Username: g.Username, Provider: g.Provider, SessionID: g.SessionID, Access: access, GrantedBy: granter,
			Scopes: convert[v1alpha1.Scope](g.Scopes), Resources: convert[v1alpha1.Audience](g.Resources),
			AuthenticatedAt: metav1.NewTime(g.AuthTime), ACR: g.ACR, AMR: g.AMR,
			CreatedAt: metav1.NewTime(g.CreatedAt), CodeExpiresAt: metav1.NewTime(g.CodeExpires),
			ExpiresAt: metav1.NewTime(g.Expires), RevokedAt: metav1.NewTime(g.RevokedAt),
			Sequence: g.Sequence, RotatedAt: metav1.NewTime(g.RotatedAt), LastUsedAt: metav1.NewTime(g.LastUsed),
			IdleSeconds: int64(g.Idle / time.Second), HeldUntil: metav1.NewTime(g.HeldUntil),
			SessionEndsAt: metav1.NewTime(g.SessionEnds), Over: v1alpha1.GrantOver(g.Over), Sealed: g.Sealed,
		},
	}
}

// readGrant is the grant that o holds.
func readGrant(o *v1alpha1.TokenGrant) store.Grant {
	s := &o.Spec
	return store.Grant{
		ID: o.Name, Revision: o.ResourceVersion,
		Client:  store.Client{ID: string(s.Client.ID), Namespace: s.Client.Namespace, Name: s.Client.Name, UID: s.Client.UID},
		Subject: s.Subject, Username: s.Username, Provider: s.Provider, SessionID: s.SessionID,
		Offline: s.Access == v1alpha1.OfflineAccess, ByPlatform: s.GrantedBy == v1alpha1.GrantedByPlatform,
		Scopes: convert[string](s.Scopes), Resources: convert[string](s.Resources),
		AuthTime: moment(s.AuthenticatedAt), ACR: s.ACR, AMR: s.AMR,
		CreatedAt: moment(s.CreatedAt), CodeExpires: moment(s.CodeExpiresAt), Expires: moment(s.ExpiresAt),
		RevokedAt: moment(s.RevokedAt), Sequence: s.Sequence, RotatedAt: moment(s.RotatedAt), LastUsed: moment(s.LastUsedAt),
		Idle: time.Duration(s.IdleSeconds) * time.Second, HeldUntil: moment(s.HeldUntil),
		SessionEnds: moment(s.SessionEndsAt), Over: store.Over(s.Over), Sealed: s.Sealed,
	}
}

// convert is list with items of another type.
func convert[To, From ~string](list []From) []To {
	if list == nil {
		return nil
	}
	converted := make([]To, len(list))
	for i, item := range list {
		converted[i] = To(item)
	}
	return converted
}

// moment is t in UTC. One that is absent stays the zero time.
func moment(t metav1.Time) time.Time { return t.UTC() }
