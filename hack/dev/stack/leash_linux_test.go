package stack

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// orphanDir, when set, makes TestStackOfParent the process that TestLeash kills.
const orphanDir = "STACK_TEST_ORPHAN_DIR"

// TestLeash kills a process that runs a stack, as an impatient kill -9 or a test's time limit does, and
// finds none of its children alive.
func TestLeash(t *testing.T) {
	if os.Getenv(assetsEnv) == "" && os.Getenv("CI") != "true" {
		t.Skipf("%s is not set", assetsEnv)
	}
	dir := t.TempDir()
	parent := exec.Command(os.Args[0], "-test.run=^TestStackOfParent$")
	parent.Env = append(os.Environ(), orphanDir+"="+dir)
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	alive := processesOf(t, dir)
	if err != nil || len(alive) != 3 {
		t.Errorf("the parent says %q (%v) and runs %q, want three processes", line, err, alive)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	parent.Wait()
	for deadline := time.Now().Add(5 * time.Second); len(alive) > 0; alive = processesOf(t, dir) {
		if time.Now().After(deadline) {
			t.Fatalf("still running after the death of the parent: %q", alive)
		}
		time.Sleep(pollInterval)
	}
}

// TestStackOfParent is no test of its own: it starts a stack and waits for its death.
func TestStackOfParent(t *testing.T) {
	dir := os.Getenv(orphanDir)
	if dir == "" {
		t.Skip("runs inside TestLeash only")
	}
	s, err := Start(t.Context(), Options{Root: "testdata/root", Dir: dir, Objects: []*unstructured.Unstructured{}})
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("ready\n")
	s.manager.Wait()
}

// processesOf lists the command lines that name a file of dir.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		command, _ := os.ReadFile(file) // it may have ended meanwhile
		if bytes.Contains(command, []byte(dir)) {
			found = append(found, string(bytes.SplitN(command, []byte{0}, 2)[0]))
		}
	}
	return found
}
