package demo

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// kubectl shows each command as one would type it, runs it and shows what it says. The first failure ends it.
func (t *tour) kubectl(ctx context.Context, lines ...string) error {
	for _, line := range lines {
		t.out.action("$ kubectl " + line)
		output, err := t.run(ctx, line)
		t.out.output(output)
		if err != nil {
			return fmt.Errorf("kubectl %s: %w, expected it to succeed", line, err)
		}
	}
	return nil
}

// run runs kubectl and returns all it says. No word of a line has a blank in it, and the quotes are the shell's.
func (t *tour) run(ctx context.Context, line string) (string, error) {
	args := strings.Fields(strings.ReplaceAll(line, "'", ""))
	command := exec.CommandContext(ctx, t.stack.Kubectl(), args...)
	command.Dir = filepath.Join(t.dir, "objects")
	command.Env = append(os.Environ(), "KUBECONFIG="+t.stack.Kubeconfig, "KUBECACHEDIR="+filepath.Join(t.dir, "kubectl"))
	output, err := command.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

// cat shows a file of the demo, as it is applied next.
func (t *tour) cat(file string) error {
	content, err := os.ReadFile(filepath.Join(t.dir, "objects", file))
	if err != nil {
		return err
	}
	t.out.action("$ cat " + file)
	t.out.output(strings.TrimSpace(string(content)))
	return nil
}
