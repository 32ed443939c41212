package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"tokenwright.dev/hack/dev/stack"
)

// Files of DEV_DIR that others read. ready is written last and removed first.
const (
	readyFile      = "ready"
	issuerURLFile  = "issuer-url"
	kubeconfigFile = "kubeconfig"
)

// publish tells other programs where this stack is.
func (set settings) publish(s *stack.Stack) error {
	kubeconfig, err := os.ReadFile(s.Kubeconfig)
	if err != nil {
		return err
	}
	return errors.Join(set.write(kubeconfigFile, kubeconfig), set.write(issuerURLFile, []byte(s.IssuerURL+"\n")))
}

// withdraw removes what an earlier or this stack published, for it leads nowhere any more.
func (set settings) withdraw() error {
	var errs []error
	for _, name := range []string{readyFile, issuerURLFile, kubeconfigFile} {
		if err := os.Remove(filepath.Join(set.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// write keeps the content from others: the kubeconfig is an admin's.
func (set settings) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(set.dir, name), content, 0o600)
}
