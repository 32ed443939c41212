package login_test

import (
	"errors"
	"testing"
	"time"

	"tokenwright.dev/issuer/login"
)

// a form counts for the session and the purpose that it was made for, while its page is fresh.
func TestCheckForm(t *testing.T) {
	sealer := newSealer(t)
	token, err := login.SealForm(sealer, "sid", login.PurposeRevoke, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, token, session string
		purpose              login.Purpose
		after                time.Duration
		want                 error
	}{
		{"its own", token, "sid", login.PurposeRevoke, 0, nil},
		{"just in time", token, "sid", login.PurposeRevoke, time.Hour - 1, nil},
		{"too late", token, "sid", login.PurposeRevoke, time.Hour, login.ErrFormExpired},
		{"another session", token, "other", login.PurposeRevoke, 0, login.ErrForm},
		{"no session", token, "", login.PurposeRevoke, 0, login.ErrForm},
		{"another purpose", token, "sid", login.PurposeLogout, 0, login.ErrForm},
		{"no token", "", "sid", login.PurposeRevoke, 0, login.ErrForm},
		{"altered", "AAAA" + token[4:], "sid", login.PurposeRevoke, 0, login.ErrForm},
		{"a flow", sealFlow(t, sealer, login.NewFlow(request, start)), "sid", login.PurposeRevoke, 0, login.ErrForm},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := login.CheckForm(sealer, tc.token, tc.session, tc.purpose, start.Add(tc.after)); !errors.Is(err, tc.want) {
				t.Errorf("CheckForm: %v, want %v", err, tc.want)
			}
		})
	}
}
