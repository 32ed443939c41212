package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/controllers/workload"
)

// operatorContainer is the operator's container in its Pod.
const operatorContainer = "operator"

// issuerImage is what issuers run that name no image: the one of --issuer-image, else the operator's own, which its Pod
// tells. Nothing is known outside a Pod.
func (o *operatorOptions) issuerImage(ctx context.Context, reader client.Reader) (workload.Image, error) {
	if o.image != "" {
		return workload.Image{Name: o.image}, nil
	}
	key := client.ObjectKey{Namespace: os.Getenv("POD_NAMESPACE"), Name: os.Getenv("POD_NAME")}
	if key.Name == "" || key.Namespace == "" {
		return workload.Image{}, nil
	}
	var pod corev1.Pod
	if err := reader.Get(ctx, key, &pod); err != nil {
		return workload.Image{}, fmt.Errorf("the operator's own Pod (or set --issuer-image): %w", err)
	}
	return ownImage(&pod), nil
}

func ownImage(pod *corev1.Pod) workload.Image {
	for _, c := range pod.Spec.Containers {
		if c.Name == operatorContainer {
			return workload.Image{Name: c.Image, PullPolicy: c.ImagePullPolicy, PullSecrets: pod.Spec.ImagePullSecrets}
		}
	}
	return workload.Image{}
}
