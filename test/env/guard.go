package env

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// guard ends processes when this one dies without releasing them: of a panic, a test timeout, Ctrl-C or SIGKILL. The
// kernel closes the guard's standard input in each case, and the guard stands in a process group of its own so that it
// lives to see it.
func guard(pids []string) (release func(), err error) {
	args := append([]string{"-c", `read -r line || kill -9 "$@"`, "guard"}, pids...)
	shell := exec.Command("sh", args...)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	life, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, err
	}
	return func() {
		_, _ = fmt.Fprintln(life, "released")
		_ = shell.Wait()
	}, nil
}

// children lists the processes of these names that this process started. It finds none where there is no /proc (there
// is one on Linux); then nothing is guarded.
func children(names ...string) []string {
	var found []string
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		command, _ := os.ReadFile(filepath.Join(process, "cmdline"))
		program, _, _ := strings.Cut(string(command), "\x00")
		if slices.Contains(names, filepath.Base(program)) && parent(process) == os.Getpid() {
			found = append(found, filepath.Base(process))
		}
	}
	return found
}

// parent reads a process's parent: the second field after the name, which stands in brackets and may hold anything (proc_pid_stat(5)).
func parent(process string) int {
	stat, _ := os.ReadFile(filepath.Join(process, "stat"))
	fields := string(stat[bytes.LastIndexByte(stat, ')')+1:])
	var state string
	var pid int
	_, _ = fmt.Sscan(fields, &state, &pid)
	return pid
}
