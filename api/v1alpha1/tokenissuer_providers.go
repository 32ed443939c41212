package v1alpha1

// LoginState says what people can do by an identity provider.
// +kubebuilder:validation:Enum=Possible;Impaired;Impossible;Unknown
type LoginState string

const (
	// LoginPossible means that they can log in.
	LoginPossible LoginState = "Possible"
	// LoginImpaired means that they can, and something is wrong all the same: not every replica lets them in, or a later
	// version of the users is not in use.
	LoginImpaired LoginState = "Impaired"
	// LoginImpossible means that nobody can.
	LoginImpossible LoginState = "Impossible"
	// LoginUnknown means that nothing is known to be wrong, and no replica has said yet that people can.
	LoginUnknown LoginState = "Unknown"
)

// IdentityProviderStatus says how one identity provider is.
type IdentityProviderStatus struct {
	// name is the provider's, as in spec; at most 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Name string `json:"name,omitempty"`
	// login says whether people can log in by it. While it is Impossible for all providers, clients that need people are not
	// Ready.
	// +required
	Login LoginState `json:"login,omitempty"`
	// reason is that of IdentityProvidersReady as far as this provider goes; absent where nothing is wrong.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Reason string `json:"reason,omitempty"`
	// message says what is wrong and how to help that; at most 2048 characters.
	// +kubebuilder:validation:MaxLength=2048
	// +optional
	Message string `json:"message,omitempty"`
}

// NobodyLogsIn tells whether the issuer has identity providers, and nobody can log in by any of them, as far as the operator
// knows. What it has not looked at yet is no reason to say so.
func (ti *TokenIssuer) NobodyLogsIn() bool {
	if len(ti.Spec.IdentityProviders) == 0 {
		return false
	}
	states := make(map[string]LoginState, len(ti.Status.IdentityProviders))
	for i := range ti.Status.IdentityProviders {
		states[ti.Status.IdentityProviders[i].Name] = ti.Status.IdentityProviders[i].Login
	}
	for i := range ti.Spec.IdentityProviders {
		if states[ti.Spec.IdentityProviders[i].Name] != LoginImpossible {
			return false
		}
	}
	return true
}
