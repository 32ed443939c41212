// Package store says what the issuer must remember: grants, marks and revocations, and nothing else.
//
// It owns the three ports and what they hold. It does not know where that is kept: issuer/store/memory and
// issuer/store/kube do, and every one of them passes issuer/store/storetest. Nor does it know what a grant is good for,
// which issuer/grant decides.
package store
