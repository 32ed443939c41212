package kube

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// Many who miss the same grant at the same time make one read.
func TestMissesShareARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := flights{flying: map[string]*flight{}}
		answer := make(chan struct{})
		reads := 0
		read := func(context.Context, string) (store.Grant, error) {
			reads++
			<-answer
			return storetest.NewGrant("a1"), nil
		}
		got := make(chan store.Grant, 10)
		for range cap(got) {
			go func() {
				grant, err := f.join(t.Context(), "a1", read)
				if err != nil {
					t.Error(err)
				}
				got <- grant
			}()
		}
		synctest.Wait()
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := f.join(ended, "a1", read); !errors.Is(err, context.Canceled) {
			t.Errorf("whoever leaves got %v", err)
		}
		close(answer)
		for range cap(got) {
			grant := <-got
			if grant.Scopes[0] != "openid" {
				t.Fatal("two callers share one grant")
			}
			grant.Scopes[0] = "admin"
		}
		if reads != 1 {
			t.Errorf("%d reads, want one", reads)
		}
	})
}
