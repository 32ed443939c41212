package kube

import (
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

func TestGrants(t *testing.T) {
	storetest.Grants(t, func(t *testing.T, now func() time.Time) store.Grants { return newWorld(t).replica(t, now).Grants })
}

func TestGrantsBeforeTheWatch(t *testing.T) {
	storetest.Grants(t, func(t *testing.T, now func() time.Time) store.Grants { return newWorld(t).stopped(t, now).Grants })
}

func TestGrantIndex(t *testing.T) {
	storetest.GrantIndex(t, func(t *testing.T, now func() time.Time) storetest.Indexed {
		return newWorld(t).replica(t, now).Grants
	})
}

func TestMarks(t *testing.T) {
	storetest.Marks(t, func(t *testing.T, now func() time.Time) store.Marks { return newWorld(t).replica(t, now).Marks })
}

func TestRevocations(t *testing.T) {
	storetest.Revocations(t, func(t *testing.T, now func() time.Time) store.Revocations {
		return newWorld(t).replica(t, now).Revocations
	})
}
