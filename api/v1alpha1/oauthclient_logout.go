package v1alpha1

// BackchannelLogout is where a client hears that a login session has ended (OpenID Connect Back-Channel Logout section 2.2).
type BackchannelLogout struct {
	// uri gets a POST with a logout token when somebody logs out who has logged in to this client, at most 512 characters:
	// https; or http for a Service, by a name that ends with .svc or .svc.cluster.local; or http for 127.0.0.1, [::1] and
	// localhost, which only an issuer on such an address calls. Of special-purpose addresses, those of private networks are
	// called and no others, such as link-local ones; redirects are never followed. The token names the session (sid) always.
	// +required
	URI LogoutURI `json:"uri,omitempty"`
}

// LogoutURI is where the issuer may send a logout token.
// +kubebuilder:validation:XValidation:rule=`self.matches('^https://.') || self.matches(r'^http://(127\.0\.0\.1|\[::1\]|localhost|[a-z0-9-]+\.[a-z0-9-]+\.svc(\.cluster\.local)?)(:[0-9]+)?([/?]|$)')`,message="a logout URI must use https; http is for a Service, such as http://web.shop.svc/logout, and for 127.0.0.1, [::1] and localhost only"
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/([A-Za-z0-9._~!$&()+,;=:@/-]|%[0-9A-Fa-f]{2})*)?(\?([A-Za-z0-9._~!$&()+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$')`,message="a logout URI is scheme, host, port, path and query in full: no fragment, user, wildcard, blank, quote or letter outside ASCII"
// +kubebuilder:validation:MaxLength=512
type LogoutURI string
