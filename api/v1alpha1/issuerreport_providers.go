package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ProviderHealth says whether people can log in by an identity provider.
// +kubebuilder:validation:Enum=Usable;Unusable;Unknown
type ProviderHealth string

const (
	// ProviderUsable means that people can.
	ProviderUsable ProviderHealth = "Usable"
	// ProviderUnusable means that nobody can.
	ProviderUnusable ProviderHealth = "Unusable"
	// ProviderUnknown means that this replica does not know yet: it has just started, or has not asked.
	ProviderUnknown ProviderHealth = "Unknown"
)

// ProviderFault is the class of what is wrong with an identity provider.
// +kubebuilder:validation:Enum=UsersMissing;UsersNotAccepted;UsersTooCostly;NoUsableEntry;ClientSecretMissing;ClaimsNotAccepted;Unreachable;CertificateNotTrusted;MetadataRefused;MetadataInvalid;KeysUnavailable
type ProviderFault string

const (
	// FaultUsersMissing means that no Secret with users has arrived.
	FaultUsersMissing ProviderFault = "UsersMissing"
	// FaultUsersNotAccepted means that the Secret with users has no version that can be read as a whole.
	FaultUsersNotAccepted ProviderFault = "UsersNotAccepted"
	// FaultUsersTooCostly means that a password hash needs more memory than this replica has for that.
	FaultUsersTooCostly ProviderFault = "UsersTooCostly"
	// FaultNoUsableEntry means that no entry of the file can be read.
	FaultNoUsableEntry ProviderFault = "NoUsableEntry"
	// FaultClientSecretMissing means that no Secret with our client secret has arrived that has one.
	FaultClientSecretMissing ProviderFault = "ClientSecretMissing"
	// FaultClaimsNotAccepted means that the mapping of claims cannot be read.
	FaultClaimsNotAccepted ProviderFault = "ClaimsNotAccepted"
	// FaultUnreachable means that an OpenID Connect provider does not answer.
	FaultUnreachable ProviderFault = "Unreachable"
	// FaultCertificateNotTrusted means that its certificate is none that this replica trusts for its host.
	FaultCertificateNotTrusted ProviderFault = "CertificateNotTrusted"
	// FaultMetadataRefused means that it answers the request for its metadata with a failure.
	FaultMetadataRefused ProviderFault = "MetadataRefused"
	// FaultMetadataInvalid means that its metadata cannot be used, or is another issuer's.
	FaultMetadataInvalid ProviderFault = "MetadataInvalid"
	// FaultKeysUnavailable means that the keys that it signs with cannot be had.
	FaultKeysUnavailable ProviderFault = "KeysUnavailable"
)

// IdentityProviderReport is what a replica says of one identity provider. It holds no secret, and nothing of what a file of
// users says of anybody.
type IdentityProviderReport struct {
	// name is the provider's, as spec.identityProviders of the TokenIssuer has it; at most 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Name string `json:"name,omitempty"`
	// health says whether people can log in by it at this replica.
	// +required
	Health ProviderHealth `json:"health,omitempty"`
	// fault is the class of what is wrong; absent where nothing is. A provider that is Usable has one where a later version of
	// its users is not in use, or while it is not certain yet that it is away.
	// +optional
	Fault ProviderFault `json:"fault,omitempty"`
	// message says what is wrong, in at most 256 bytes.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	Message string `json:"message,omitempty"`
	// users tells of the users that are in use; absent where there are none, and for other providers.
	// +optional
	Users *UsersReport `json:"users,omitempty"`
	// oidc tells of an OpenID Connect provider; absent for other providers.
	// +optional
	OIDC *OIDCReport `json:"oidc,omitempty"`
	// lastLoginHour is when somebody last logged in by the provider at this replica since its start, as the hour in which that
	// was; absent before.
	// +optional
	LastLoginHour *metav1.Time `json:"lastLoginHour,omitempty"`
}

// UsersReport tells of a file of users.
type UsersReport struct {
	// acceptedVersion is the resourceVersion of the Secret whose users are in use; absent where there are none, or where it is
	// not known since they stem from what the replica kept before its start.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	AcceptedVersion string `json:"acceptedVersion,omitempty"`
	// entries is the number of users in use, those who are disabled among them: at most 1000.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	// +optional
	Entries int32 `json:"entries,omitempty"`
	// refused is the number of entries that cannot be read: at most 1000.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	// +optional
	Refused int32 `json:"refused,omitempty"`
	// refusedEntries are the first of them.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	// +optional
	RefusedEntries []RefusedEntry `json:"refusedEntries,omitempty"`
}

// RefusedEntry is an entry of a file of users that cannot be read. It names nobody and quotes nothing.
type RefusedEntry struct {
	// line is where the mistake stands, from 1; absent where that is not known.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1048576
	// +optional
	Line int32 `json:"line,omitempty"`
	// entry is the place of the entry in the list, from 1 to 1000.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +required
	Entry int32 `json:"entry,omitempty"`
	// reason says what to write instead, in at most 256 bytes.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +required
	Reason string `json:"reason,omitempty"`
}

// AskState is what came of asking an OpenID Connect provider for something.
// +kubebuilder:validation:Enum=NotAsked;OK;Failed
type AskState string

const (
	// AskedNot means that nobody has asked since the replica started, or since the provider's configuration changed.
	AskedNot AskState = "NotAsked"
	// AskedOK means that the latest answer can be used.
	AskedOK AskState = "OK"
	// AskedInVain means that there was no such answer the last time.
	AskedInVain AskState = "Failed"
)

// OIDCReport tells of an OpenID Connect provider.
type OIDCReport struct {
	// discovery is what came of asking for its metadata (OpenID Connect Discovery section 4).
	// +required
	Discovery AskState `json:"discovery,omitempty"`
	// keys is what came of asking for the keys that it signs ID tokens with (OpenID Connect Core section 10.1).
	// +required
	Keys AskState `json:"keys,omitempty"`
}
