package live

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Objects are those of one kind, by name.
type Objects[T client.Object] map[client.ObjectKey]T

// Await watches the object of the name of like until done is content with it, and returns that version.
func Await[T client.Object](t testing.TB, in *Installation, like T, want string, done func(T) bool) T {
	t.Helper()
	key := client.ObjectKeyFromObject(like)
	all := AwaitAll(t, in, in.listOf(t, like), fmt.Sprintf("%T %s %s", like, key, want), func(all Objects[T]) bool {
		one, ok := all[key]
		return ok && done(one)
	}, named(key)...)
	return all[key]
}

// AwaitGone watches until there is no object of the name of like.
func AwaitGone[T client.Object](t testing.TB, in *Installation, like T) {
	t.Helper()
	key := client.ObjectKeyFromObject(like)
	AwaitAll(t, in, in.listOf(t, like), fmt.Sprintf("%T %s to be gone", like, key), func(all Objects[T]) bool {
		return len(all) == 0
	}, named(key)...)
}

// AwaitAll lists and then watches what options select of a kind, until done is content with all of it together.
func AwaitAll[T client.Object](t testing.TB, in *Installation, list client.ObjectList, want string,
	done func(Objects[T]) bool, options ...client.ListOption,
) Objects[T] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	for {
		all, err := follow(ctx, in.Client, list, done, options)
		switch {
		case err == nil && done(all):
			return all
		case ctx.Err() != nil:
			t.Fatalf("waited %v for %s; last seen:\n%s", Patience, want, show(all))
		case err != nil:
			t.Fatalf("waiting for %s: %v", want, err)
		}
	}
}

// follow returns what there is when done is content with it, or when the server or ctx ends the watch.
func follow[T client.Object](ctx context.Context, c client.WithWatch, list client.ObjectList,
	done func(Objects[T]) bool, options []client.ListOption,
) (Objects[T], error) {
	all := Objects[T]{}
	if err := c.List(ctx, list, options...); err != nil {
		return all, err
	}
	err := apimeta.EachListItem(list, func(object runtime.Object) error {
		all.set(object.DeepCopyObject().(T))
		return nil
	})
	if err != nil || done(all) {
		return all, err
	}
	since := &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}}
	events, err := c.Watch(ctx, list, append([]client.ListOption{since}, options...)...)
	if err != nil {
		return all, err
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		object, ok := event.Object.(T)
		switch {
		case !ok: // the server says why it ends the watch
			return all, nil
		case event.Type == watch.Deleted:
			delete(all, client.ObjectKeyFromObject(object))
		default:
			all.set(object)
		}
		if done(all) {
			break
		}
	}
	return all, nil
}

func (o Objects[T]) set(object T) { o[client.ObjectKeyFromObject(object)] = object }

// listOf is an empty list of the kind of like.
func (in *Installation) listOf(t testing.TB, like client.Object) client.ObjectList {
	t.Helper()
	kind, err := apiutil.GVKForObject(like, in.Client.Scheme())
	if err != nil {
		t.Fatal(err)
	}
	list, err := in.Client.Scheme().New(kind.GroupVersion().WithKind(kind.Kind + "List"))
	if err != nil {
		t.Fatal(err)
	}
	return list.(client.ObjectList)
}

func named(key client.ObjectKey) []client.ListOption {
	return []client.ListOption{client.InNamespace(key.Namespace), client.MatchingFields{"metadata.name": key.Name}}
}

// show prints objects for people: Secrets, and what is Ready, by name alone.
func show[T client.Object](all Objects[T]) string {
	var text strings.Builder
	for key, object := range all {
		fmt.Fprintln(&text, key)
		if _, secret := any(object).(*corev1.Secret); secret || IsReady(object) {
			continue
		}
		object.SetManagedFields(nil)
		body, err := json.MarshalIndent(object, "  ", "  ")
		fmt.Fprintf(&text, "  %s %v\n", body, err)
	}
	return text.String()
}
