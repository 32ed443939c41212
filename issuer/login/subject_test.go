package login_test

import (
	"regexp"
	"testing"

	"tokenwright.dev/issuer/login"
)

// A subject never changes: whoever gets another one is somebody else to every client.
func TestSubjectIsForEver(t *testing.T) {
	for _, tc := range []struct{ provider, own, want string }{
		{"staff", "alice", "usr_oto2d2lmmxcomh5vr7uerf7k66"},
		{"staff", "", "usr_fdudhckf5qojal76fhedkjes5u"},
	} {
		if got := login.Subject(tc.provider, tc.own); got != tc.want {
			t.Errorf("Subject(%q, %q) = %q, want %q", tc.provider, tc.own, got, tc.want)
		}
	}
}

func TestSubjectsDiffer(t *testing.T) {
	seen := map[string][2]string{}
	for _, in := range [][2]string{
		{"staff", "alice"}, {"staff", "Alice"}, {"staf", "falice"}, {"", "staffalice"}, {"staffalice", ""}, {"partners", "alice"},
	} {
		subject := login.Subject(in[0], in[1])
		if other, taken := seen[subject]; taken {
			t.Errorf("%q and %q are both %q", in, other, subject)
		}
		seen[subject] = in
	}
}

// FuzzSubject holds two laws: a subject has its form, and other input gives another one.
func FuzzSubject(f *testing.F) {
	form := regexp.MustCompile(`^usr_[a-z2-7]{26}$`)
	f.Add("staff", "alice", "staf", "falice")
	f.Fuzz(func(t *testing.T, provider, own, otherProvider, otherOwn string) {
		subject := login.Subject(provider, own)
		if !form.MatchString(subject) {
			t.Errorf("Subject(%q, %q) = %q", provider, own, subject)
		}
		same := provider == otherProvider && own == otherOwn
		if (login.Subject(otherProvider, otherOwn) == subject) != same {
			t.Errorf("(%q, %q) and (%q, %q): same subject %v", provider, own, otherProvider, otherOwn, !same)
		}
	})
}
