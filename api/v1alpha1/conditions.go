package v1alpha1

// Condition types. Ready is the summary that tools wait for; it is False with the reason of the first other condition
// that is. Beside a False one stands Stalled while nothing but a change by a user can help, else Reconciling (kstatus).
const (
	// Ready says whether the object does what its spec asks.
	Ready = "Ready"
	// Stalled says that the operator waits for a user.
	Stalled = "Stalled"
	// Reconciling says that what is missing comes without a user's doing.
	Reconciling = "Reconciling"

	// Registered says whether the issuer knows the client (OAuthClient).
	Registered = "Registered"
	// CredentialsReady says whether the Secret holds a credential that the issuer accepts (OAuthClient).
	CredentialsReady = "CredentialsReady"
	// PolicyCompliant says whether the client gets all that it asks for (OAuthClient).
	PolicyCompliant = "PolicyCompliant"

	// Accepted says whether the current spec is in force (TokenPolicy) or served (TokenIssuer).
	Accepted = "Accepted"
	// RolledOut says whether all clients that a policy governs are registered by its version in force (TokenPolicy).
	RolledOut = "RolledOut"

	// KeysReady says whether the issuer has a key to sign with, for each algorithm (TokenIssuer).
	KeysReady = "KeysReady"
	// IdentityProvidersReady says whether people can log in by each identity provider; it is there where spec lists some
	// (TokenIssuer). Ready sums it up where no provider is well.
	IdentityProvidersReady = "IdentityProvidersReady"
	// CertificateReady says whether there is a certificate for the host of the issuer's URL, and the bundle of its CA; it is
	// there where the issuer's Pods speak TLS, and where tls.caSecretRef names a bundle (TokenIssuer).
	CertificateReady = "CertificateReady"
	// DeploymentReady says whether the issuer's Pods are as they should be; it is there where the operator runs them
	// (TokenIssuer).
	DeploymentReady = "DeploymentReady"
	// Answering says whether the issuer serves its own metadata; it is there where the operator runs it (TokenIssuer).
	Answering = "Answering"
	// SourcesKnown says whether the issuer can tell where requests come from; it is there where a gateway or an ingress leads to
	// it (TokenIssuer). It is a warning: Ready does not sum it up.
	SourcesKnown = "SourcesKnown"
	// KeysRevoked says whether all keys are revoked that spec lists to be; it is there while spec lists some, or some are
	// remembered (TokenIssuer). Ready does not sum it up.
	KeysRevoked = "KeysRevoked"
	// URLChangePending says that spec.url is not in force yet, and what is missing; it is there while that is so (TokenIssuer).
	// Ready does not sum it up: it is about the URL in force.
	URLChangePending = "URLChangePending"
)

// Reasons of OAuthClient conditions.
const (
	// ReasonReady is Ready=True.
	ReasonReady = "Ready"
	// ReasonRegistered is Registered=True: the registration is written.
	ReasonRegistered = "Registered"
	// ReasonIssuerNotFound means that issuerRef names no TokenIssuer that this operator serves.
	ReasonIssuerNotFound = "IssuerNotFound"
	// ReasonNamespaceTerminating means that the namespace of the TokenIssuer is being deleted, with all that it holds.
	ReasonNamespaceTerminating = "NamespaceTerminating"
	// ReasonNamespaceNotAdmitted means that the TokenIssuer takes no clients from this namespace.
	ReasonNamespaceNotAdmitted = "NamespaceNotAdmitted"
	// ReasonNoPolicy means that no policy in the issuer's namespace selects the client, and the issuer refuses those.
	ReasonNoPolicy = "NoPolicy"
	// ReasonPolicyNotAccepted means that a policy that concerns the client has no accepted version yet.
	ReasonPolicyNotAccepted = "PolicyNotAccepted"
	// ReasonClientIDNotAllowed means that the clientID is outside "<namespace>." and no root policy lists it.
	ReasonClientIDNotAllowed = "ClientIDNotAllowed"
	// ReasonClientIDTaken means that another OAuthClient holds the clientID.
	ReasonClientIDTaken = "ClientIDTaken"
	// ReasonTooManyLabels means that the client has more labels than the operator keeps, so that no policy could be
	// sure to select it.
	ReasonTooManyLabels = "TooManyLabels"
	// ReasonTooManyClients means that the TokenIssuer takes no more clients from this namespace: see
	// clientNamespaces.maxClients.
	ReasonTooManyClients = "TooManyClients"
	// ReasonCompliant is PolicyCompliant=True: nothing that the client asks for was removed.
	ReasonCompliant = "Compliant"
	// ReasonBeyondPolicy means that a policy removed something that the client asks for.
	ReasonBeyondPolicy = "BeyondPolicy"
	// ReasonNotOffered means that the client may have something that its TokenIssuer does not have: people who can log in, or a
	// key of an algorithm.
	ReasonNotOffered = "NotOffered"
	// ReasonLoginImpossible means that the client needs people, and that nobody can log in at its TokenIssuer for now. The
	// client is registered, and is Ready again by itself when its TokenIssuer is mended.
	ReasonLoginImpossible = "LoginImpossible"
	// ReasonSecretReady is CredentialsReady=True.
	ReasonSecretReady = "SecretReady"
	// ReasonSecretNotOwned means that a Secret of that name exists and is not ours.
	ReasonSecretNotOwned = "SecretNotOwned"
	// ReasonWriteFailed means that the API server did not store what this client needs, and may the next time; the message says
	// why.
	ReasonWriteFailed = "WriteFailed"
	// ReasonWriteRefused means that the API server will refuse what this client needs until a user changes something: an
	// immutable Secret, a quota, an admission policy; the message holds its words.
	ReasonWriteRefused = "WriteRefused"
	// ReasonSecretContested means that something else undoes each change of the Secret, so that it is put right now and then only.
	ReasonSecretContested = "SecretContested"
	// ReasonNotRegistered means that there are no credentials because there is no registration.
	ReasonNotRegistered = "NotRegistered"
)

// Reasons of TokenPolicy conditions.
const (
	// ReasonAccepted is Accepted=True, of a TokenIssuer too: the current spec is in force.
	ReasonAccepted = "Accepted"
	// ReasonRootOnly means that a local policy has a field that only root policies may have.
	ReasonRootOnly = "RootOnly"
	// ReasonInvalidSelector means that a selector is none; of a TokenIssuer, and of the clients that wait for it, too.
	ReasonInvalidSelector = "InvalidSelector"
	// ReasonTooMany means that so many policies of the namespace are older that this one does not count.
	ReasonTooMany = "TooMany"
	// ReasonRolledOut is RolledOut=True.
	ReasonRolledOut = "RolledOut"
	// ReasonRollingOut means that some clients are not registered by the version in force yet; it passes by itself.
	ReasonRollingOut = "RollingOut"
	// ReasonSelectsNobody is Ready=True of a policy whose selectors select none of the clients that are there.
	ReasonSelectsNobody = "SelectsNobody"
)

// Reasons of TokenIssuer conditions.
const (
	// ReasonKeysActive is KeysReady=True: each algorithm has a key that signs.
	ReasonKeysActive = "KeysActive"
	// ReasonKeysPending means that the key of an algorithm waits until verifiers can know it.
	ReasonKeysPending = "KeysPending"
	// ReasonKeysScheduled is KeysReady=True, too: the key of the preferred algorithm is published and has its time to sign, and
	// another algorithm's signs until then.
	ReasonKeysScheduled = "KeysScheduled"
	// ReasonKeysRevoked is KeysRevoked=True: nothing is believed here that the listed keys signed or sealed. Verifiers elsewhere
	// may believe them for as long as they keep the key set.
	ReasonKeysRevoked = "KeysRevoked"
	// ReasonKeyNotFound means that revokeKeys lists what is no key of that ring: it may be mistyped, or the other ring's.
	ReasonKeyNotFound = "KeyNotFound"
	// ReasonKeyRingUnreadable means that a key ring exists and is damaged; it is never overwritten.
	ReasonKeyRingUnreadable = "KeyRingUnreadable"
	// ReasonNamespaceNotServed means that the operator's --issuer-namespaces does not list this namespace.
	ReasonNamespaceNotServed = "NamespaceNotServed"
	// ReasonNameTaken means that an object with a name that this issuer needs exists and is not ours.
	ReasonNameTaken = "NameTaken"
	// ReasonProvidersReady is IdentityProvidersReady=True: what each identity provider needs is there.
	ReasonProvidersReady = "ProvidersReady"
	// ReasonUsersSecretMissing means that the Secret with the users of an identity provider is not there, or lacks the label
	// that makes it this issuer's.
	ReasonUsersSecretMissing = "UsersSecretMissing"
	// ReasonUsersNotAccepted means that the file of users of an identity provider cannot be read, or none of its entries; of a
	// file that cannot be read as a whole issuers keep the last version that they could read.
	ReasonUsersNotAccepted = "UsersNotAccepted"
	// ReasonUserEntriesRefused means that entries of the file of users of an identity provider cannot be read: nobody logs in
	// by these, and everybody else does, so IdentityProvidersReady is True. The message names lines and reasons, and nobody.
	ReasonUserEntriesRefused = "UserEntriesRefused"
	// ReasonUsersTooCostly means that the hash of somebody's password needs more memory than the issuer's Pods have for that.
	ReasonUsersTooCostly = "UsersTooCostly"
	// ReasonUpstreamSecretMissing means that the Secret with the client secret for an OpenID Connect provider is not there, or
	// lacks the label that makes it this issuer's.
	ReasonUpstreamSecretMissing = "UpstreamSecretMissing"
	// ReasonClaimsNotAccepted means that the claims of an OpenID Connect provider cannot be mapped as they stand: nobody can log
	// in there until they can.
	ReasonClaimsNotAccepted = "ClaimsNotAccepted"
	// ReasonProviderUnusable means that the Secrets and the spec of an identity provider are in order, and a replica says that
	// nobody can log in by it there; the message says why, and how to help that.
	ReasonProviderUnusable = "ProviderUnusable"
	// ReasonCertificateValid is CertificateReady=True: the certificate is for the host of the issuer's URL, and in its time.
	ReasonCertificateValid = "CertificateValid"
	// ReasonCertificateMissing means that the Secret with the certificate is not there, or holds none.
	ReasonCertificateMissing = "CertificateMissing"
	// ReasonCertificateInvalid means that the certificate is for another host, or out of its time.
	ReasonCertificateInvalid = "CertificateInvalid"
	// ReasonCABundleValid is CertificateReady=True of an issuer whose Pods speak no TLS: clients get the certificates that
	// tls.caSecretRef names.
	ReasonCABundleValid = "CABundleValid"
	// ReasonCABundleMissing means that the Secret that tls.caSecretRef names is not there, or lacks that key; clients keep the
	// last certificates that they were given.
	ReasonCABundleMissing = "CABundleMissing"
	// ReasonCABundleInvalid means that what tls.caSecretRef names is no list of certificates, is too large, or has expired, or
	// that a private key is in it; clients keep the last certificates that they were given.
	ReasonCABundleInvalid = "CABundleInvalid"
	// ReasonAvailable is DeploymentReady=True: enough Pods of the present form serve.
	ReasonAvailable = "Available"
	// ReasonProgressing means that Pods are being started or replaced.
	ReasonProgressing = "Progressing"
	// ReasonDeploymentFailed means that the Pods do not come up in time; the message says what Kubernetes says of it.
	ReasonDeploymentFailed = "DeploymentFailed"
	// ReasonImageUnknown means that nobody said which image to run.
	ReasonImageUnknown = "ImageUnknown"
	// ReasonPodTemplateNotAllowed means that podTemplate cannot be applied, or changes what it may not; the former Pods stay.
	ReasonPodTemplateNotAllowed = "PodTemplateNotAllowed"
	// ReasonGatewayAPIMissing means that the cluster does not know HTTPRoutes.
	ReasonGatewayAPIMissing = "GatewayAPIMissing"
	// ReasonTrustedProxies is SourcesKnown=True: trustedProxies says whose word is believed.
	ReasonTrustedProxies = "TrustedProxies"
	// ReasonNoTrustedProxies means that all requests seem to come from the gateway or ingress, since nobody's word on where they
	// come from is believed.
	ReasonNoTrustedProxies = "NoTrustedProxies"
	// ReasonAnswering is Answering=True: the issuer serves its own metadata.
	ReasonAnswering = "Answering"
	// ReasonNotAnswering means that the issuer's metadata cannot be had, or is that of another.
	ReasonNotAnswering = "NotAnswering"
	// ReasonURLWithoutCertificate means that the issuer's certificate is not valid for the host of the new URL.
	ReasonURLWithoutCertificate = "URLWithoutCertificate"
	// ReasonURLNotServed means that not every replica of the issuer serves the new URL yet; it passes by itself.
	ReasonURLNotServed = "URLNotServed"
	// ReasonURLNotAnswering means that the operator does not get the issuer's metadata from the new URL.
	ReasonURLNotAnswering = "URLNotAnswering"
	// ReasonURLOnHold means that the new URL is ready, and that urlChange.switch holds it back.
	ReasonURLOnHold = "URLOnHold"
	// ReasonTooManyPreviousURLs means that too many former URLs still count for another one to become one.
	ReasonTooManyPreviousURLs = "TooManyPreviousURLs"
)

// Reasons of a TokenRevocation's Ready, for those that people wrote.
const (
	// ReasonRevoked is Ready=True: what it names is refused, and what a user's name means was found.
	ReasonRevoked = "Revoked"
	// ReasonUserNotFound means that nobody of that name is known. What bears the name is refused all the same.
	ReasonUserNotFound = "UserNotFound"
	// ReasonProviderNotFound means that the TokenIssuer has no identity provider of that name.
	ReasonProviderNotFound = "ProviderNotFound"
	// ReasonUsersNotLoaded means that the issuer has not read the users or the grants yet. What bears the name is refused.
	ReasonUsersNotLoaded = "UsersNotLoaded"
)
