//go:build !linux

package stack

import "syscall"

// leash asks for nothing: parent-death signals are Linux's. Close and Ctrl-C end the children everywhere.
func leash() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func (s *Stack) leashed(program string) (string, error) { return s.asset(program), nil }
