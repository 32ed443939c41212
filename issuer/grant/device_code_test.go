package grant_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// box is the registration of a client on devices without a keyboard.
func box() *registration.Registration {
	r := issuertest.App()
	r.GrantTypes, r.RedirectURIs = []string{grant.DeviceCode, grant.RefreshToken}, nil
	return r
}

const userCode = oauth.UserCode("WDJBMJHT")

// wait begins to wait for the resource owner, and returns the device code.
func (s *scene) wait(client *registration.Registration, code oauth.UserCode) string {
	s.t.Helper()
	device := grant.NewDevice(policy.NewClient(client), policy.Authorized{
		Scopes: []string{"openid", "orders:read"}, Resources: []string{issuertest.Audience},
	}, s.clock)
	sealed, err := device.Seal(s.sealer, code, s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	mark, err := device.Mark(code)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Marks.Put(s.t.Context(), mark); err != nil {
		s.t.Fatal(err)
	}
	return sealed
}

// answer changes the device as its resource owner does.
func (s *scene) answer(code oauth.UserCode, change func(*grant.Device)) {
	s.t.Helper()
	mark, err := s.Marks.Get(s.t.Context(), grant.DeviceMark, string(code))
	if err != nil {
		s.t.Fatal(err)
	}
	device, err := grant.ReadDevice(mark)
	if err != nil {
		s.t.Fatal(err)
	}
	change(device)
	changed, err := device.Mark(code)
	if err != nil {
		s.t.Fatal(err)
	}
	changed.Revision = mark.Revision
	if _, err := s.Marks.Update(s.t.Context(), changed); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) approve(d *grant.Device) {
	d.Answer = grant.Approved
	d.Subject, d.Username, d.Provider, d.SessionID = issuertest.Subject, issuertest.Username, issuertest.Provider, "sid-1"
	d.AuthTime, d.AMR, d.Answered = s.clock.Unix()-60, []string{"pwd"}, s.clock.Unix()
}

func deny(d *grant.Device) { d.Answer = grant.Denied }

func (s *scene) poll(client *registration.Registration, code string, changes ...func(*oauth.TokenRequest)) (grant.Granted, error) {
	req := oauth.TokenRequest{GrantType: grant.DeviceCode, DeviceCode: code}
	for _, change := range changes {
		change(&req)
	}
	return s.ask(client, req)
}

func TestPoll(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	issued := s.clock
	_, err := s.poll(client, code)
	wantCode(t, err, oauth.AuthorizationPending)
	s.clock = s.clock.Add(grant.DeviceInterval)
	s.answer(userCode, s.approve)
	got, err := s.poll(client, code)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Grant{
		Client:  store.Client{ID: issuertest.AppID, Namespace: "shop", Name: issuertest.AppID, UID: "uid-" + issuertest.AppID},
		Subject: issuertest.Subject, Username: "alice", Provider: "staff", SessionID: "sid-1",
		Scopes: []string{"openid", "orders:read"}, Resources: []string{issuertest.Audience},
		AuthTime: s.clock.Add(-time.Minute), AMR: []string{"pwd"}, CreatedAt: s.clock, CodeExpires: issued.Add(grant.DeviceLifetime),
		Expires: s.clock.Add(720 * time.Hour), LastUsed: s.clock, Idle: 168 * time.Hour, Sequence: 1,
		ID: got.Authorization.ID, Revision: got.Authorization.Revision,
	}
	if diff := cmp.Diff(&want, got.Authorization); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if got.Subject != issuertest.Subject || got.Nonce != "" || got.RefreshToken == "" {
		t.Errorf("granted %+v", got)
	}
	if _, err := s.Marks.Get(t.Context(), grant.DeviceMark, string(userCode)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the mark is still there: %v", err)
	}
}

func TestPollRefuses(t *testing.T) {
	web, successor := box(), box()
	web.ClientID, web.Owner.UID = issuertest.WebID, "uid-"+issuertest.WebID
	successor.Owner.UID = "uid-of-its-successor"
	withdrawn := box()
	withdrawn.GrantTypes = []string{grant.RefreshToken}
	for _, tc := range []struct {
		name   string
		client *registration.Registration // that asks
		answer func(*scene, *grant.Device)
		req    func(*oauth.TokenRequest)
		after  time.Duration
		want   oauth.Code
	}{
		{"DV-03 pending", box(), nil, nil, 0, oauth.AuthorizationPending},
		{"DV-05 denied", box(), func(_ *scene, d *grant.Device) { deny(d) }, nil, 0, oauth.AccessDenied},
		{"DV-05 expired", box(), nil, nil, grant.DeviceLifetime, oauth.ExpiredToken},
		{"DV-05 approved and expired", box(), (*scene).approve, nil, grant.DeviceLifetime, oauth.ExpiredToken},
		{"DV-06 another client's", web, (*scene).approve, nil, 0, oauth.InvalidGrant},
		{"DV-06 a client of the same name that came later", successor, (*scene).approve, nil, 0, oauth.InvalidGrant},
		{"DV-06 altered", box(), nil, func(r *oauth.TokenRequest) { r.DeviceCode += "x" }, 0, oauth.InvalidGrant},
		{"an answer that is none", box(), func(_ *scene, d *grant.Device) { d.Answer = "maybe" }, nil, 0, oauth.AccessDenied},
		{"DV-10 wider scope", box(), (*scene).approve, func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"profile"} }, 0, oauth.InvalidScope},
		{"DV-10 another resource", box(), (*scene).approve, func(r *oauth.TokenRequest) { r.Resources = []string{"https://stock.example"} }, 0, oauth.InvalidTarget},
		{"the grant type was withdrawn", withdrawn, (*scene).approve, nil, 0, oauth.UnauthorizedClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			code := s.wait(box(), userCode)
			if tc.answer != nil {
				s.answer(userCode, func(d *grant.Device) { tc.answer(s, d) })
			}
			s.clock = s.clock.Add(tc.after)
			_, err := s.poll(tc.client, code, optional(tc.req)...)
			wantCode(t, err, tc.want)
		})
	}
}

// Less may be asked for than was approved.
func TestPollNarrows(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	s.answer(userCode, s.approve)
	got, err := s.poll(client, code, func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"orders:read"} })
	if err != nil || !got.Scopes.Equal(oauth.Scopes{"orders:read"}) {
		t.Errorf("%v, %v", got.Scopes, err)
	}
}

// A mistake uses nothing up: the device may ask again, for what it was given.
func TestPollAfterMistake(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	s.answer(userCode, s.approve)
	_, err := s.poll(client, code, func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"profile"} })
	wantCode(t, err, oauth.InvalidScope)
	s.clock = s.clock.Add(grant.DeviceInterval)
	_, err = s.poll(client, code)
	wantCode(t, err, "")
}

// DV-04: each request that comes too early makes the interval longer.
func TestSlowDown(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	other := s.wait(client, "BBBBBBBB")
	for i, step := range []struct {
		after time.Duration
		want  oauth.Code
	}{
		{0, oauth.AuthorizationPending},
		{4 * time.Second, oauth.AuthorizationPending}, // not that punctual
		{3 * time.Second, oauth.SlowDown},
		{8 * time.Second, oauth.SlowDown},
		{15 * time.Second, oauth.AuthorizationPending},
		{14 * time.Second, oauth.AuthorizationPending},
		{5 * time.Second, oauth.SlowDown},
	} {
		s.clock = s.clock.Add(step.after)
		if _, err := s.poll(client, code); oauth.CodeOf(err) != step.want {
			t.Errorf("request %d, %v after the one before: %v, want %s", i, step.after, err, step.want)
		}
	}
	_, err := s.poll(client, other)
	wantCode(t, err, oauth.AuthorizationPending)
}

// Only who may use a device code makes it wait.
func TestStrangersSlowNobodyDown(t *testing.T) {
	s, client, stranger := newScene(t), box(), box()
	stranger.Owner.UID = "uid-of-a-stranger"
	code := s.wait(client, userCode)
	for range 3 {
		_, err := s.poll(stranger, code)
		wantCode(t, err, oauth.InvalidGrant)
	}
	_, err := s.poll(client, code)
	wantCode(t, err, oauth.AuthorizationPending)
}

// clingy keeps the marks that it is told to forget, as a replica does that has not heard of it.
type clingy struct{ store.Marks }

func (clingy) Delete(context.Context, string, string) error { return store.ErrUnavailable }

// DV-09: many requests at once, each at a replica of its own and before any mark is gone: one is answered, and its tokens
// are good.
func TestManyPolls(t *testing.T) {
	s, client := newScene(t), box()
	s.Marks = clingy{s.Marks}
	code := s.wait(client, userCode)
	s.answer(userCode, s.approve)
	answered := make(chan grant.Granted, 16)
	var running sync.WaitGroup
	for range cap(answered) {
		replica := *s
		replica.Authorizer = &grant.Authorizer{
			Grants: s.Grants, Revocations: s.Revocations, Marks: s.Marks, Directory: s, Polls: new(grant.Polls),
		}
		running.Go(func() {
			granted, err := replica.poll(client, code)
			if err == nil {
				answered <- granted
			} else if oauth.CodeOf(err) != oauth.InvalidGrant {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if len(answered) != 1 {
		t.Fatalf("%d requests were answered, want 1", len(answered))
	}
	_, err := s.refresh(client, (<-answered).RefreshToken)
	wantCode(t, err, "")
}

// The same at one replica: whoever does not wait is told to, or that there is nothing to wait for any more.
func TestManyPollsAtOneReplica(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	s.answer(userCode, s.approve)
	answered := make(chan grant.Granted, 16)
	var running sync.WaitGroup
	for range cap(answered) {
		running.Go(func() {
			granted, err := s.poll(client, code)
			if err == nil {
				answered <- granted
			} else if code := oauth.CodeOf(err); code != oauth.SlowDown && code != oauth.InvalidGrant {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if len(answered) != 1 {
		t.Errorf("%d requests were answered, want 1", len(answered))
	}
}

// Whoever is gone, or logged out, gives a device nothing.
func TestPollWithdrawn(t *testing.T) {
	for name, withdraw := range map[string]func(*scene) error{
		"user gone": func(s *scene) error {
			s.gone = true
			return nil
		},
		"logged out": func(s *scene) error {
			return s.Revocations.Revoke(t.Context(), store.Revocation{
				SessionID: "sid-1", IssuedBefore: s.clock.Add(time.Second), Expires: s.clock.Add(time.Hour),
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := newScene(t), box()
			code := s.wait(client, userCode)
			s.answer(userCode, s.approve)
			if err := withdraw(s); err != nil {
				t.Fatal(err)
			}
			_, err := s.poll(client, code)
			wantCode(t, err, oauth.InvalidGrant)
		})
	}
}

// A user code that was drawn again is another device's.
func TestUserCodeOfAnotherDevice(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	if err := s.Marks.Delete(t.Context(), grant.DeviceMark, string(userCode)); err != nil {
		t.Fatal(err)
	}
	s.wait(client, userCode)
	s.answer(userCode, s.approve)
	_, err := s.poll(client, code)
	wantCode(t, err, oauth.InvalidGrant)
}

// awayMarks is a store that cannot be reached.
type awayMarks struct{ store.Marks }

func (awayMarks) Get(context.Context, string, string) (store.Mark, error) {
	return store.Mark{}, store.ErrUnavailable
}

func TestPollWhileStoreIsAway(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	s.answer(userCode, s.approve)
	marks := s.Marks
	s.Marks = awayMarks{marks}
	_, err := s.poll(client, code)
	wantCode(t, err, oauth.TemporarilyUnavailable)
	s.Marks, s.Grants = marks, away{s.store}
	s.clock = s.clock.Add(grant.DeviceInterval)
	_, err = s.poll(client, code)
	wantCode(t, err, oauth.TemporarilyUnavailable)
	s.Grants = s.store
	s.clock = s.clock.Add(grant.DeviceInterval)
	_, err = s.poll(client, code)
	wantCode(t, err, "")
}

// What is asked for must leave room in the mark for whoever approves it.
func TestMarkHasRoom(t *testing.T) {
	asked := policy.Authorized{}
	for range 24 {
		asked.Scopes = append(asked.Scopes, "a-scope-of-one-hundred-and-twenty-eight-characters-"+
			"which-is-as-long-as-one-may-be-and-so-longer-than-anybody-ever-needs-it-to-be")
	}
	device := grant.NewDevice(policy.NewClient(box()), asked, issuertest.Start)
	if _, err := device.Mark(userCode); oauth.CodeOf(err) != oauth.InvalidScope {
		t.Errorf("%d scopes: %v", len(asked.Scopes), err)
	}
	device.Scopes = device.Scopes[:20]
	if _, err := device.Mark(userCode); err != nil {
		t.Errorf("%d scopes: %v", len(device.Scopes), err)
	}
}

// What an identity provider elsewhere said goes into the grant, and into no mark in clear.
func TestDeviceKeeps(t *testing.T) {
	s, client := newScene(t), box()
	code := s.wait(client, userCode)
	lease := &login.Lease{Issuer: "https://idp.example", Token: "upstream-token"}
	s.answer(userCode, func(d *grant.Device) {
		s.approve(d)
		if err := d.Keep(&login.Session{Claims: map[string]any{"department": "shipping"}}, lease, grant.Places{}, s.sealer, s.clock); err != nil {
			t.Fatal(err)
		}
	})
	mark, err := s.Marks.Get(t.Context(), grant.DeviceMark, string(userCode))
	if err != nil || bytes.Contains(mark.Data, []byte("upstream-token")) || bytes.Contains(mark.Data, []byte("shipping")) {
		t.Fatalf("the mark holds %s (%v)", mark.Data, err)
	}
	got, err := s.poll(client, code)
	if err != nil {
		t.Fatal(err)
	}
	want := grant.Data{
		Claims: map[string]any{"department": "shipping"}, Upstream: &grant.Upstream{Lease: *lease, Asked: s.clock.Unix()},
	}
	if diff := cmp.Diff(want, grant.OpenData(s.sealer, got.Authorization.Sealed)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, got.Data); diff != "" {
		t.Errorf("granted (-want +got):\n%s", diff)
	}
}

// Whoever has too much to keep is refused: without what to ask by, a grant would outlive its resource owner elsewhere.
func TestDeviceKeepsNoMoreThanFits(t *testing.T) {
	s := newScene(t)
	device := grant.NewDevice(policy.NewClient(box()), policy.Authorized{Scopes: []string{"openid"}}, s.clock)
	s.approve(device)
	claims := map[string]any{"groups": strings.Repeat("x", 2<<10)}
	if err := device.Keep(&login.Session{Claims: claims}, &login.Lease{Token: strings.Repeat("x", 2<<10)}, grant.Places{}, s.sealer, s.clock); err != nil {
		t.Fatal(err)
	}
	_, err := device.Mark(userCode)
	wantCode(t, err, oauth.InvalidRequest)
}

func TestReadDeviceRefuses(t *testing.T) {
	for _, data := range []string{"", "x", "{}", `{"id":1}`} {
		if got, err := grant.ReadDevice(store.Mark{Data: []byte(data)}); err == nil {
			t.Errorf("%q: %+v", data, got)
		}
	}
}
