package env_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"tokenwright.dev/test/env"
)

// TestProgressOfABuild calls what hack/lib/cached-build.sh tells people while a control plane is built.
func TestProgressOfABuild(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ call, want string }{
		{"progress_line 0 0 17 3", "  reading the module graph, 17 modules downloaded\n"},
		{"progress_line 24 1200 0 60", "    2%  compiled 24 of 1200 packages\n"},
		{"progress_line 300 1200 0 9", "   25%  compiled 300 of 1200 packages\n"},
		{"progress_line 300 1200 0 60", "   25%  compiled 300 of 1200 packages, about 3 min left\n"},
		{"progress_line 600 1200 0 400", "   50%  compiled 600 of 1200 packages, about 7 min left\n"},
		{"progress_line 1199 1200 0 400", "   99%  compiled 1199 of 1200 packages, about 1 min left\n"},
		{"progress_line 1200 1200 0 400", "  100%  linking\n"},
		{"kept_flags", ""},
		{"kept_flags -mod=vendor -p=1 -tags=x -race -modcacherw -trimpath", "-p=1 -modcacherw "},
		{"nproc() { echo 4; }; GOMODCACHE=/mine GOCACHE=/own cold_build_depends", "This machine has 4 cores; it takes longer while something else " +
			"uses them. Modules in /mine\nare not downloaded again, nor is compiled again what /own has.\n"},
		{"export GOFLAGS=-mod=readonly; go() { [[ $1 = list ]] || echo \"$GOFLAGS\"; }; go_build_shown hint /nowhere 2>&1", "-p=1 -mod=readonly\n"},
		{"printf 'go: downloading a v1\\nsomething said\\nsome/package\\n' | show_progress 5 2>&1", "something said\n"},
	} {
		script := "set -euo pipefail; GOFLAGS='-p=1 -mod=mod'; source " + filepath.Join(root, "hack", "lib", "cached-build.sh") + "; " + tc.call
		if got, err := exec.CommandContext(t.Context(), "bash", "-c", script).Output(); err != nil || string(got) != tc.want {
			t.Errorf("%s prints %q (%v), want %q", tc.call, got, err, tc.want)
		}
	}
}
