package samples

import (
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// TestSampleUsersCanLogIn tries, for each user of the samples, the password that README.md gives.
func TestSampleUsersCanLogIn(t *testing.T) {
	password := regexp.MustCompile("password `([^`]+)`").FindStringSubmatch(read(t, files(t, "README.md")[0]))
	if password == nil {
		t.Fatal("README.md gives no password")
	}
	found := 0
	for _, object := range objects(t, files(t, "00-platform.yaml")[0]) {
		text, ok, err := unstructured.NestedString(object.Object, "stringData", registration.UsersDataKey)
		if err != nil || !ok {
			continue
		}
		users, err := login.ParseUsers("staff", []byte(text))
		if err == nil {
			err = users.Refused()
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"alice", "bob"} {
			if _, err := users.Authenticate(t.Context(), login.NewGate(1, login.HashingBudget(256_000_000)), name, password[1]); err != nil {
				t.Errorf("%s with the password %q: %v", name, password[1], err)
			}
			found++
		}
	}
	if found == 0 {
		t.Error("no sample holds users")
	}
}
