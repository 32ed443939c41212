package main

import (
	"fmt"
	"os"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
)

// watched is the namespace that config/namespaced is rendered for. What stands there is what each watched namespace needs.
const watched = "watched-namespace"

type object = *unstructured.Unstructured

func readObjects(file string) ([]object, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	objects, err := stack.Decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return objects, nil
}

// deployment is the one of the operator.
func deployment(objects []object) (object, error) {
	for _, o := range objects {
		if o.GetKind() == "Deployment" {
			return o, nil
		}
	}
	return nil, fmt.Errorf("no Deployment among %d objects", len(objects))
}

// twin finds what another rendering has by the same name.
func twin(o object, others []object) object {
	for _, other := range others {
		if other.GetKind() == o.GetKind() && other.GetNamespace() == o.GetNamespace() && other.GetName() == o.GetName() {
			return other
		}
	}
	return nil
}

func same(a, b object) bool { return b != nil && reflect.DeepEqual(a.Object, b.Object) }
