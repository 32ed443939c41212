package env

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
)

// TestGuardEndsOrphans lets a process of its own start another one and die. The orphan holds the write end of a pipe,
// so the pipe's end is the orphan's.
func TestGuardEndsOrphans(t *testing.T) {
	if os.Getenv("ENV_TEST_DIE") != "" {
		orphan := sleeper(t)
		if _, err := guard([]string{strconv.Itoa(orphan.Process.Pid)}); err != nil {
			t.Fatal(err)
		}
		os.Exit(3)
	}
	parent := exec.Command(os.Args[0], "-test.run=^TestGuardEndsOrphans$")
	parent.Env = append(os.Environ(), "ENV_TEST_DIE=1")
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(output); err != nil {
		t.Error(err)
	}
	if err := parent.Wait(); parent.ProcessState.ExitCode() != 3 {
		t.Errorf("the parent ended with %v, want exit status 3", err)
	}
}

func TestGuardLetsGo(t *testing.T) {
	child := sleeper(t)
	pid := strconv.Itoa(child.Process.Pid)
	if found := children("sleep"); !slices.Contains(found, pid) {
		t.Skipf("this kernel does not list children: %v lack %s", found, pid)
	}
	release, err := guard([]string{pid})
	if err != nil {
		t.Fatal(err)
	}
	release()
	if err := child.Process.Kill(); err != nil {
		t.Errorf("the guard ended a process that was released: %v", err)
	}
	_ = child.Wait()
}

func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	child := exec.Command("sleep", "600")
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child
}
