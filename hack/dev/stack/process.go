package stack

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// stopTimeout is how long a process may take to drain before it is killed.
const stopTimeout = 15 * time.Second

// Process is one program of the stack, running or ended.
type Process struct {
	// Name is what messages call it; the log file is named after it.
	Name string
	// PID is kept after the end.
	PID int

	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed after err is set
	err  error
}

// launch starts a program whose output is appended to logs/<name>.log.
func (s *Stack) launch(name, path string, args ...string) (*Process, error) {
	log, err := s.openLog(name)
	if err != nil {
		return nil, err
	}
	p := &Process{Name: name, cmd: exec.Command(path, args...), log: log.Name(), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = log, log, leash()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.PID = p.cmd.Process.Pid
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Stop asks the process to end by SIGTERM and waits. It returns nil when the process has ended, by
// itself or on request, and an error when it failed to drain and had to be killed.
func (p *Process) Stop() error {
	if p.ended() {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(fmt.Errorf("stop %s: %w", p.Name, err), p.Kill())
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("%s did not end within %v of SIGTERM and was killed", p.Name, stopTimeout), p.Kill())
	}
}

// Kill ends the process by SIGKILL, as a crash of its node would, and waits until it is gone.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.Name, err)
	}
	<-p.done
	return nil
}

// Wait returns when the process has ended, with its exit error if it had one.
func (p *Process) Wait() error {
	<-p.done
	return p.err
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Logs returns all that the programs of this name have written, those before a restart included.
func (p *Process) Logs() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// failed describes an unexpected end by the last lines of the log.
func (p *Process) failed() error {
	lines := strings.Split(strings.TrimSpace(p.Logs()), "\n")
	return fmt.Errorf("%s ended (%s), its log with:\n%s", p.Name, p.cmd.ProcessState, strings.Join(lines[max(0, len(lines)-15):], "\n"))
}
