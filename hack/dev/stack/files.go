package stack

import (
	"os"
	"path/filepath"
)

// openLog opens logs/<name>.log for appending. The stack closes it at its end.
func (s *Stack) openLog(name string) (*os.File, error) {
	log, err := os.OpenFile(s.path("logs", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		s.logs = append(s.logs, log)
	}
	return log, err
}

// writeData replaces a file of the data folder in one step, since a running process may be reading it.
func (s *Stack) writeData(name string, content []byte) (string, error) {
	path := s.path("data", name)
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return "", err
	}
	return path, os.Rename(path+".new", path)
}

func (s *Stack) asset(program string) string { return filepath.Join(s.options.Assets, program) }
