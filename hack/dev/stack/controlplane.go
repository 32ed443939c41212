package stack

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// startControlPlane runs etcd and kube-apiserver, installs the CRDs and makes the admin's client.
func (s *Stack) startControlPlane(context.Context) error {
	s.env = &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join(s.options.Root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  startTimeout,
	}
	if err := s.configureControlPlane(); err != nil {
		return err
	}
	var err error
	if s.Config, err = s.env.Start(); err != nil {
		return err
	}
	// envtest lays out a certificate for webhooks in any case, and outside our folder: a killed stack would leave it.
	if err := os.RemoveAll(s.env.WebhookInstallOptions.LocalServingCertDir); err != nil {
		return err
	}
	s.Kubeconfig = s.path("data", "admin.kubeconfig")
	if err := os.WriteFile(s.Kubeconfig, s.env.KubeConfig, 0o600); err != nil {
		return err
	}
	s.Client, err = client.NewWithWatch(s.Config, client.Options{Scheme: scheme.Scheme})
	return err
}

// configureControlPlane gives envtest our folders. With folders of its own, it would throw the
// certificates away when kube-apiserver stops, and no client would survive StartAPIServer.
func (s *Stack) configureControlPlane() error {
	etcd, server := &envtest.Etcd{DataDir: s.path("data", "etcd")}, s.env.ControlPlane.GetAPIServer()
	server.CertDir = s.path("data", "apiserver")
	s.env.ControlPlane.Etcd = etcd
	for _, dir := range []string{etcd.DataDir, server.CertDir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	var err error
	if etcd.Path, err = s.leashed("etcd"); err != nil {
		return err
	}
	if server.Path, err = s.leashed("kube-apiserver"); err != nil {
		return err
	}
	if etcd.Err, err = s.openLog("etcd"); err != nil {
		return err
	}
	if server.Err, err = s.openLog("kube-apiserver"); err != nil {
		return err
	}
	etcd.Out, server.Out = etcd.Err, server.Err
	args, err := s.apiServerArgs()
	for flag, value := range args {
		server.Configure().Set(flag, value)
	}
	return err
}

// apiServerArgs are the flags beyond those that envtest knows to be needed.
func (s *Stack) apiServerArgs() (map[string]string, error) {
	args := map[string]string{
		// A machine without a network has no address to advertise; the Endpoints of the Service
		// "kubernetes" would hold it, and nothing here resolves that Service.
		"advertise-address":                       "127.0.0.1",
		"endpoint-reconciler-type":                "none",
		"shutdown-watch-termination-grace-period": "100ms",
	}
	if s.options.trusted() {
		file, err := s.writeAuthenticationConfig()
		if err != nil {
			return nil, err
		}
		args["authentication-config"] = file
	}
	maps.Copy(args, s.options.ExtraAPIServerArgs)
	return args, nil
}

// StopAPIServer ends kube-apiserver and leaves everything else running.
func (s *Stack) StopAPIServer() error { return s.env.ControlPlane.GetAPIServer().Stop() }

// StartAPIServer starts kube-apiserver again, with the port, certificates and data it had.
func (s *Stack) StartAPIServer() error {
	if err := s.env.ControlPlane.GetAPIServer().Start(); err != nil {
		return fmt.Errorf("start kube-apiserver again (its log is %s): %w", s.path("logs", "kube-apiserver.log"), err)
	}
	return nil
}
