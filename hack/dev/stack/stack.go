package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Namespace and DefaultIssuer name the TokenIssuer that the stack serves.
const (
	Namespace     = "tokenwright-system"
	DefaultIssuer = "default"
)

// startTimeout bounds each wait of a start. A machine that builds something else meanwhile needs it.
const startTimeout = 60 * time.Second

// Stack is a running installation. Its methods are for one goroutine at a time.
type Stack struct {
	Config     *rest.Config     // admin
	Client     client.WithWatch // admin, for unstructured and built-in types
	Kubeconfig string           // file, admin

	IssuerURL      string
	IssuerCA       []byte // PEM; empty without TLS
	IssuerCertFile string // with TLS: the files that the issuer serves from and may be asked to reload
	IssuerKeyFile  string

	Operator *Process // nil until started
	Issuer   *Process
	Replica  *Process // of the issuer, if StartReplica was called; it answers at ReplicaURL
	// ReplicaURL stays the same when the replica is started again.
	ReplicaURL string
	// OperatorURL and OperatorMetricsURL are where the operator answers /readyz and /metrics.
	OperatorURL, OperatorMetricsURL string

	options  Options
	dir      string // absolute; data and logs are its children
	env      *envtest.Environment
	manager  *Process
	accounts map[string]string // kubeconfig by ServiceAccount, each with a token that is kept fresh
	logs     []*os.File
	renewals []context.CancelFunc // of tokens; Close calls them and waits for renewing
	renewing sync.WaitGroup
}

// Start brings everything up and returns when operator and issuer are ready. On an error, and when ctx
// ends meanwhile, it leaves nothing behind.
func Start(ctx context.Context, options Options) (*Stack, error) {
	s, err := prepare(options)
	if err != nil {
		return nil, err
	}
	for _, step := range s.steps() {
		err := ctx.Err()
		if err == nil {
			fmt.Fprintln(s.options.Log, step.name)
			err = step.run(ctx)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", step.name, err), s.Close())
		}
	}
	return s, nil
}

type step struct {
	name string
	run  func(context.Context) error
}

func (s *Stack) steps() []step {
	steps := []step{
		{"Starting etcd and kube-apiserver", s.startControlPlane},
		{"Starting kube-controller-manager", s.startManager},
		{"Applying config/rbac and config/admission", s.applyRoles},
		{"Applying the TokenIssuer and what goes with it", s.applyObjects},
	}
	if s.options.Binary != "" {
		steps = append(steps, step{"Starting the operator", s.StartOperator}, step{"Starting the issuer on " + s.IssuerURL, s.StartIssuer})
	}
	return append(steps, step{"Waiting for kube-controller-manager", s.waitForManager})
}

// prepare makes the folders, ports and certificates; it starts nothing.
func prepare(options Options) (*Stack, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Stack{options: options, IssuerURL: "http://" + options.IssuerAddr, accounts: map[string]string{}}
	if err := errors.Join(s.makeFolders(), s.choosePorts()); err != nil {
		return nil, err
	}
	if !options.TLS {
		return s, nil
	}
	return s, s.makeCertificate()
}

func (s *Stack) makeFolders() error {
	var err error
	if s.options.Dir == "" {
		s.dir, err = os.MkdirTemp("", "tokenwright-")
	} else {
		s.dir, err = filepath.Abs(s.options.Dir)
	}
	if err != nil {
		return err
	}
	// What an earlier stack left would be read as ours: keys, etcd's data, logs.
	err = errors.Join(os.RemoveAll(s.path("data")), os.RemoveAll(s.path("logs")))
	return errors.Join(err, os.MkdirAll(s.path("data"), 0o700), os.MkdirAll(s.path("logs"), 0o700))
}

func (s *Stack) choosePorts() error {
	health, err := Listenable("127.0.0.1:0")
	if err != nil {
		return err
	}
	metrics, err := Listenable("127.0.0.1:0")
	s.OperatorURL, s.OperatorMetricsURL = "http://"+health, "http://"+metrics+"/metrics"
	return err
}

// Kubectl is the path of the kubectl that belongs to the control plane.
func (s *Stack) Kubectl() string { return filepath.Join(s.options.Assets, "kubectl") }

func (s *Stack) path(elements ...string) string {
	return filepath.Join(append([]string{s.dir}, elements...)...)
}

// Wait returns nil when ctx ends, and an error when operator, issuer or kube-controller-manager ends before.
func (s *Stack) Wait(ctx context.Context) error {
	ended := make(chan *Process, 4) // room for all, so that nobody waits for a reader who is gone
	for _, process := range []*Process{s.Operator, s.Issuer, s.Replica, s.manager} {
		if process != nil {
			go func() {
				<-process.Done()
				ended <- process
			}()
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case process := <-ended:
		return process.failed()
	}
}

// Close ends every process, the issuer first and etcd last, and removes what must not stay on the disk.
// A second call does nothing.
func (s *Stack) Close() error {
	for _, end := range s.renewals {
		end()
	}
	s.renewing.Wait()
	var errs []error
	for _, process := range []*Process{s.Replica, s.Issuer, s.Operator, s.manager} {
		if process != nil {
			errs = append(errs, process.Stop())
		}
	}
	if s.env != nil {
		errs = append(errs, s.env.Stop())
	}
	for _, log := range s.logs {
		log.Close()
	}
	if s.options.Dir == "" {
		return errors.Join(append(errs, os.RemoveAll(s.dir))...)
	}
	return errors.Join(append(errs, os.RemoveAll(s.path("data")))...)
}
