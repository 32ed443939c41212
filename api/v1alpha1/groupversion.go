package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "oauth.tokenwright.dev", Version: "v1alpha1"}

// SchemeGroupVersion is GroupVersion under the name that generated code expects.
var SchemeGroupVersion = GroupVersion

// AddToScheme teaches a scheme the kinds of this package. It never fails.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&OAuthClient{}, &OAuthClientList{},
		&TokenPolicy{}, &TokenPolicyList{},
		&TokenIssuer{}, &TokenIssuerList{},
		&IssuerReport{}, &IssuerReportList{},
		&TokenGrant{}, &TokenGrantList{},
		&TokenMark{}, &TokenMarkList{},
		&TokenRevocation{}, &TokenRevocationList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
