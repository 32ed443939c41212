package v1alpha1

// Labels, annotations and other names that objects of ours carry. All are part of the API.
const (
	// ClientLabel names, on a credentials Secret, the OAuthClient that it belongs to. Outside the namespaces of issuers
	// the operator watches the Secrets that carry it, and no others.
	ClientLabel = "oauth.tokenwright.dev/client"
	// IssuerLabel names, on registrations and key rings, the TokenIssuer of the same namespace that they serve.
	IssuerLabel = "oauth.tokenwright.dev/issuer"
	// PolicyLabel stands on the ConfigMap that keeps the last accepted version of a TokenPolicy; its value is the policy's UID.
	PolicyLabel = "oauth.tokenwright.dev/policy"
	// OwnerAnnotation names, as "<namespace>/<name>", on a registration the OAuthClient that it was compiled from, and on the
	// accepted version of a TokenPolicy that policy.
	OwnerAnnotation = "oauth.tokenwright.dev/owner"
	// OwnerUIDAnnotation is the UID of that OAuthClient.
	OwnerUIDAnnotation = "oauth.tokenwright.dev/owner-uid"
	// ClientIDAnnotation is the client_id that a registration holds.
	ClientIDAnnotation = "oauth.tokenwright.dev/client-id"
	// RotateIDAnnotation is, on a registration, the rotateID that was acted on last: it is written with the credential that it
	// asked for, so no crash makes two of one.
	RotateIDAnnotation = "oauth.tokenwright.dev/rotate-id"
	// LetGoAnnotation stands on a credentials Secret that outlives its OAuthClient and could not be emptied: it is the
	// UID of that client. What the Secret holds is never accepted again.
	LetGoAnnotation = "oauth.tokenwright.dev/let-go"
	// AccountAnnotation is, on an issuer's Pods, the UID of the ServiceAccount that they had when they were made.
	AccountAnnotation = "oauth.tokenwright.dev/service-account-uid"
	// LongestLifetimeAnnotation tells, on a key ring, its longest lifetime in seconds, for readers of metadata alone.
	LongestLifetimeAnnotation = "oauth.tokenwright.dev/longest-lifetime"
	// CADigestAnnotation is the SHA-256, in hex, of the ca.crt that the operator wrote into the object that carries it.
	CADigestAnnotation = "oauth.tokenwright.dev/ca-sha256"
	// ManagedByLabel with ManagedByValue stands on everything that the operator writes, so that it watches nothing else
	// in the namespaces of issuers.
	ManagedByLabel = "app.kubernetes.io/managed-by"
	// ManagedByValue is the value of ManagedByLabel.
	ManagedByValue = "tokenwright"
	// Finalizer holds an OAuthClient until its registration is gone.
	Finalizer = "oauth.tokenwright.dev/registration"

	// RegistrationSecretType is the type of the Secret that holds a compiled client, in the issuer's namespace.
	RegistrationSecretType = "oauth.tokenwright.dev/registration"
	// KeyRingSecretType is the type of the Secrets that hold an issuer's signing and sealing keys.
	KeyRingSecretType = "oauth.tokenwright.dev/key-ring"
	// UsersSecretType is the type of the Secret that holds the users of an identity provider, with the label IssuerLabel.
	UsersSecretType = "oauth.tokenwright.dev/users"
	// UpstreamSecretType is the type of the Secret that holds an issuer's client secret at an identity provider elsewhere, with
	// the label IssuerLabel.
	UpstreamSecretType = "oauth.tokenwright.dev/upstream"
	// CredentialsSecretType is the type of a client's Secret: the Service Binding specification's name for OAuth clients.
	CredentialsSecretType = "servicebinding.io/oauth2"
)
