package workload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"

	"tokenwright.dev/api/v1alpha1"
)

// ErrPatch is returned for a podTemplate that cannot be applied, or that changes what it may not.
var ErrPatch = errors.New("podTemplate")

// Template is the Pod that ti asks for: ours, with its patch. Account is the UID of the ServiceAccount that the Pods have,
// hashing what a password that is checked needs, in bytes. The error is an ErrPatch.
func Template(ti *v1alpha1.TokenIssuer, image Image, account types.UID, hashing int64) (*coreac.PodTemplateSpecApplyConfiguration, error) {
	ours, err := json.Marshal(template(ti, image, account, hashing))
	if err != nil {
		return nil, fmt.Errorf("encode the Pod template: %w", err)
	}
	patched := ours
	if patch := deployment(ti).PodTemplate; patch != nil {
		if patched, err = strategicpatch.StrategicMergePatch(ours, patch.Raw, corev1.PodTemplateSpec{}); err != nil {
			return nil, fmt.Errorf("%w is not a strategic merge patch of a Pod template: %w", ErrPatch, err)
		}
		if err := allowed(ours, patched); err != nil {
			return nil, err
		}
	}
	out := coreac.PodTemplateSpec()
	if err := json.Unmarshal(patched, out); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPatch, err)
	}
	return out, nil
}

// allowed compares the Pod template before and after a patch.
func allowed(ours, patched []byte) error {
	var before, after corev1.PodTemplateSpec
	if err := json.Unmarshal(ours, &before); err != nil {
		return fmt.Errorf("decode the Pod template: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(patched))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&after); err != nil {
		return fmt.Errorf("%w does not fit a Pod template: %w", ErrPatch, err)
	}
	return protect(&before, &after)
}
