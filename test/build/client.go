package build

import "tokenwright.dev/api/v1alpha1"

// API is the audience of every client that names none.
const API = "https://api.example"

// OAuthClient makes a client for client_credentials, "<namespace>/<name>".
func OAuthClient(key string, options ...func(*v1alpha1.OAuthClient)) *v1alpha1.OAuthClient {
	oc := &v1alpha1.OAuthClient{ObjectMeta: meta(key), Spec: v1alpha1.OAuthClientSpec{
		GrantTypes: []v1alpha1.GrantType{v1alpha1.ClientCredentials},
		Audiences:  []v1alpha1.Audience{API},
	}}
	for _, option := range options {
		option(oc)
	}
	return oc
}

// ClientID asks for a client_id.
func ClientID(id string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.ClientID = v1alpha1.ClientID(id) }
}

// Labels puts labels on a client.
func Labels(labels map[string]string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Labels = labels }
}

// Scopes asks for scopes.
func Scopes(scopes ...string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.Scopes = strs[v1alpha1.Scope](scopes) }
}

// DefaultScopes asks for scopes of requests that name none.
func DefaultScopes(scopes ...string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.DefaultScopes = strs[v1alpha1.Scope](scopes) }
}

// Audiences asks for audiences instead of API.
func Audiences(audiences ...string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.Audiences = strs[v1alpha1.Audience](audiences) }
}

// Guards makes the client a resource server.
func Guards(audiences ...string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.ResourceServer = &v1alpha1.ResourceServer{Audiences: strs[v1alpha1.Audience](audiences)}
	}
}

// Lifetime wishes for a lifetime of access tokens.
func Lifetime(d string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.AccessToken = &v1alpha1.AccessTokenWishes{Lifetime: v1alpha1.Duration(d)}
	}
}

// SecretName wants the credentials in a Secret of this name.
func SecretName(name string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.Authentication = &v1alpha1.ClientAuthentication{
			ClientSecret: &v1alpha1.ClientSecretAuthentication{SecretName: name},
		}
	}
}

// Of names the client's issuer, "<namespace>/<name>".
func Of(issuer string) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		ref := meta(issuer)
		oc.Spec.IssuerRef = &v1alpha1.IssuerReference{Namespace: ref.Namespace, Name: ref.Name}
	}
}
