package grant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// elsewhere is another replica on the same store: it knows nothing of what devices asked this one.
func (s *scene) elsewhere() *scene {
	other := *s
	other.Authorizer = &grant.Authorizer{
		Grants: s.Grants, Index: s.Index, Revocations: s.Revocations, Marks: s.Marks, Directory: s, Polls: new(grant.Polls),
	}
	return &other
}

// served has a device get its tokens, and returns its code, which is spent.
func (s *scene) served(client *registration.Registration) (code string, first grant.Granted) {
	s.t.Helper()
	code = s.wait(client, userCode)
	s.answer(userCode, s.approve)
	first, err := s.poll(client, code)
	if err != nil {
		s.t.Fatal(err)
	}
	return code, first
}

// DV-04, DV-06: a spent code is not valid whenever it comes, so no device waits on for an answer that was lost. Within ten
// seconds that ends nothing, however often it comes and whichever replica it comes to; later it is reuse.
func TestDeviceCodeComesAgain(t *testing.T) {
	type again struct {
		after     time.Duration // the answer
		elsewhere bool
		ends      bool
	}
	for _, tc := range []struct {
		name  string
		tries []again
	}{
		{"at once", []again{{0, false, false}}},
		{"at once, elsewhere", []again{{0, true, false}}},
		{"sooner than a device may ask", []again{{time.Second, false, false}, {2 * time.Second, false, false}, {3 * time.Second, true, false}}},
		{"after an interval", []again{{5 * time.Second, false, false}}},
		{"at the end of the ten seconds", []again{{10 * time.Second, false, false}, {10 * time.Second, true, false}}},
		{"later", []again{{11 * time.Second, false, true}}},
		{"later, elsewhere", []again{{11 * time.Second, true, true}}},
		{"soon, and later", []again{{9 * time.Second, false, false}, {11 * time.Second, false, true}}},
		{"in a hurry, and later", []again{{0, false, false}, {time.Second, false, false}, {2 * time.Second, false, false}, {11 * time.Second, false, true}}},
		{"soon elsewhere, and later", []again{{9 * time.Second, true, false}, {11 * time.Second, true, true}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, client := newScene(t), box()
			other := s.elsewhere()
			code, first := s.served(client)
			answered := s.clock
			for _, again := range tc.tries {
				s.clock = answered.Add(again.after)
				other.clock = s.clock
				at := s
				if again.elsewhere {
					at = other
				}
				_, err := at.poll(client, code)
				if oauth.CodeOf(err) != oauth.InvalidGrant || errors.Is(err, grant.ErrReused) != again.ends {
					t.Errorf("after %v: %v, want the grant ended: %t", again.after, err, again.ends)
				}
				if _, err = s.refresh(client, first.RefreshToken); (err != nil) != again.ends {
					t.Errorf("refresh after %v: %v, want the grant ended: %t", again.after, err, again.ends)
				}
			}
		})
	}
}

// A replica that the device asked a moment ago, while it still waited, does not tell it to slow down once another one has
// given it its tokens.
func TestSpentElsewhereIsNoHurry(t *testing.T) {
	s, client := newScene(t), box()
	other := s.elsewhere()
	code := s.wait(client, userCode)
	_, err := other.poll(client, code)
	wantCode(t, err, oauth.AuthorizationPending)
	s.answer(userCode, s.approve)
	if _, err := s.poll(client, code); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err = other.poll(client, code)
		wantCode(t, err, oauth.InvalidGrant)
	}
}

// Ten seconds are counted from the second in which the grant was made, and it tells no fraction of it.
func TestDeviceGraceOutlastsFractions(t *testing.T) {
	s, client := newScene(t), box()
	s.clock = s.clock.Add(900 * time.Millisecond)
	code, first := s.served(client)
	s.clock = s.clock.Add(10 * time.Second)
	_, err := s.poll(client, code)
	wantCode(t, err, oauth.InvalidGrant)
	_, err = s.refresh(client, first.RefreshToken)
	wantCode(t, err, "")
}

// A code that has expired says so, spent or not: that ends nothing, since it may stand in some old log.
func TestExpiredDeviceCodeEndsNothing(t *testing.T) {
	s, client := newScene(t), box()
	code, first := s.served(client)
	s.clock = s.clock.Add(grant.DeviceLifetime)
	_, err := s.poll(client, code)
	wantCode(t, err, oauth.ExpiredToken)
	_, err = s.refresh(client, first.RefreshToken)
	wantCode(t, err, "")
}

// A device code whose grant is over is worth nothing more, and ends nothing again.
func TestDeviceCodeOfEndedGrant(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	s.answer(userCode, s.approve)
	first, err := s.poll(client, code)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Grants.Revoke(t.Context(), first.Authorization.ID); err != nil {
		t.Fatal(err)
	}
	s.clock = s.clock.Add(time.Minute)
	if _, err = s.poll(client, code); oauth.CodeOf(err) != oauth.InvalidGrant || errors.Is(err, grant.ErrReused) {
		t.Errorf("%v", err)
	}
}

// counting counts how often somebody looks for a grant.
type counting struct {
	store.Grants

	looks int
}

func (c *counting) Get(ctx context.Context, id string, fresh store.Freshness) (store.Grant, error) {
	c.looks++
	return c.Grants.Get(ctx, id, fresh)
}

// Whoever hurries makes the store look once, not each time; nor does a code that is known to be spent.
func TestHurryAsksTheStoreOnce(t *testing.T) {
	s, client := newScene(t), box()
	counted := &counting{Grants: s.Grants}
	s.Grants = counted
	code := s.wait(client, userCode)
	for range 10 {
		_, _ = s.poll(client, code)
	}
	if counted.looks != 1 {
		t.Errorf("the store was asked for the grant of a device that waits %d times, want 1", counted.looks)
	}
	s.clock = s.clock.Add(time.Minute)
	s.answer(userCode, s.approve)
	if _, err := s.poll(client, code); err != nil {
		t.Fatal(err)
	}
	before := counted.looks
	for range 10 {
		_, err := s.poll(client, code)
		wantCode(t, err, oauth.InvalidGrant)
	}
	s.clock = s.clock.Add(time.Minute)
	for range 10 {
		_, err := s.poll(client, code)
		wantCode(t, err, oauth.InvalidGrant)
	}
	if looks := counted.looks - before; looks != 1 {
		t.Errorf("the store was asked for the grant of a spent code %d times, want once: when it was reused", looks)
	}
}
