package controllers

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"tokenwright.dev/api/v1alpha1"
)

// shelf is an API server with n objects, all with annotations, that forgets after so many pages what it was asked.
type shelf struct {
	n, forgets int
	asked      []string
}

func (s *shelf) ListWithContext(_ context.Context, options metav1.ListOptions) (runtime.Object, error) {
	s.asked = append(s.asked, fmt.Sprintf("%d from %q of %q", options.Limit, options.Continue, options.ResourceVersion))
	if options.Continue != "" && len(s.asked) > s.forgets {
		return nil, apierrors.NewResourceExpired("the continue token is too old")
	}
	first, _ := strconv.Atoi(options.Continue)
	end := s.n
	if options.Limit > 0 {
		end = min(s.n, first+int(options.Limit))
	}
	list := &v1alpha1.TokenPolicyList{ListMeta: metav1.ListMeta{ResourceVersion: "7"}}
	for i := first; i < end; i++ {
		list.Items = append(list.Items, v1alpha1.TokenPolicy{ObjectMeta: metav1.ObjectMeta{
			Name: strconv.Itoa(i), Annotations: map[string]string{"example.com/heavy": "x"},
		}})
	}
	if end < s.n {
		list.Continue = strconv.Itoa(end)
	}
	return list, nil
}

// TestPages wants whole lists, however they are asked for, and nothing in a page that the cache will not keep.
func TestPages(t *testing.T) {
	for _, tc := range []struct {
		name    string
		n       int
		forgets int
		options metav1.ListOptions
		want    []string
	}{
		{"none", 0, 9, metav1.ListOptions{ResourceVersion: "0", Limit: 500}, []string{`25 from "" of ""`}},
		{"one page", 25, 9, metav1.ListOptions{ResourceVersion: "0", Limit: 500}, []string{`25 from "" of ""`}},
		{"several", 60, 9, metav1.ListOptions{ResourceVersion: "0", Limit: 500},
			[]string{`25 from "" of ""`, `25 from "25" of ""`, `25 from "50" of ""`}},
		{"again, after a watch that ended", 40, 9, metav1.ListOptions{ResourceVersion: "5"},
			[]string{`25 from "" of ""`, `25 from "25" of ""`}},
		{"forgotten in between", 60, 2, metav1.ListOptions{ResourceVersion: "0", Limit: 500},
			[]string{`25 from "" of ""`, `25 from "25" of ""`, `25 from "50" of ""`, `0 from "" of ""`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from := &shelf{n: tc.n, forgets: tc.forgets}
			list, err := (&pagedLists{from: from, trim: trimmed(trimBare)}).list(t.Context(), tc.options)
			if err != nil {
				t.Fatal(err)
			}
			items, err := meta.ExtractList(list)
			if err != nil {
				t.Fatal(err)
			}
			for i, item := range items {
				if policy := item.(*v1alpha1.TokenPolicy); policy.Name != strconv.Itoa(i) || policy.Annotations != nil {
					t.Fatalf("item %d is %q with annotations %v", i, policy.Name, policy.Annotations)
				}
			}
			head, err := meta.ListAccessor(list)
			if err != nil {
				t.Fatal(err)
			}
			if len(items) != tc.n || head.GetContinue() != "" || head.GetResourceVersion() != "7" {
				t.Errorf("%d items, continued by %q, as of %q; want all %d", len(items), head.GetContinue(), head.GetResourceVersion(), tc.n)
			}
			if diff := cmp.Diff(tc.want, from.asked); diff != "" {
				t.Errorf("asked for (-want +got):\n%s", diff)
			}
		})
	}
}
