package stack

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// leash puts a child into a process group of its own, so that Ctrl-C reaches the stack alone, which then
// ends its children in order. When the stack itself dies without a word, the kernel kills the child.
func leash() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// leashed returns a program to run in place of an asset that envtest starts for us. envtest cannot set
// a parent-death signal, but it takes any path; setpriv (util-linux) sets the signal and becomes the asset.
func (s *Stack) leashed(program string) (string, error) {
	asset := s.asset(program)
	usable := exec.Command("setpriv", "--pdeathsig", "KILL", "--", "true").Run() == nil
	if !usable {
		return asset, nil // a killed stack then leaves this one running; all else works
	}
	path := s.path("data", program+".sh")
	script := fmt.Sprintf("#!/bin/sh\nexec setpriv --pdeathsig KILL -- '%s' \"$@\"\n", asset)
	return path, os.WriteFile(path, []byte(script), 0o700)
}
