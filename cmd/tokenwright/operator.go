package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers"
	"tokenwright.dev/controllers/scrape"
)

// leaseName is the Lease by which one of several operators leads.
const leaseName = "tokenwright-operator"

// operatorShutdownTimeout is how long the operator waits at its end for what is under way. An Event that the API server did not
// take is tried again for two minutes, and would keep it until it is killed; any pass may be cut off anywhere.
const operatorShutdownTimeout = 8 * time.Second

// operatorOptions are the flags of "tokenwright operator".
type operatorOptions struct {
	kubeconfig       string
	issuerNamespaces []string
	watchNamespaces  []string
	defaultIssuer    string
	image            string
	leaderElect      bool
	metricsAddress   string
	metricsCertDir   string
	healthAddress    string
	workers          int
	logLevel         string
}

func operatorCommand() *cobra.Command {
	var o operatorOptions
	command := &cobra.Command{
		Use:   "operator",
		Short: "Reconcile OAuthClients, TokenPolicies and TokenIssuers",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	flags := command.Flags()
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file; the Pod's own ServiceAccount when empty")
	flags.StringSliceVar(&o.issuerNamespaces, "issuer-namespaces", []string{"tokenwright-system"},
		"namespaces whose TokenIssuers are served and whose TokenPolicies are root policies; the Lease stands in the first")
	flags.StringSliceVar(&o.watchNamespaces, "watch-namespaces", nil,
		"namespaces whose OAuthClients and TokenPolicies are served, besides --issuer-namespaces; all when empty")
	flags.StringVar(&o.defaultIssuer, "default-issuer", "",
		"TokenIssuer of clients that name none, as NAMESPACE/NAME (default \"default\" in the first of --issuer-namespaces)")
	flags.StringVar(&o.image, "issuer-image", "", "container image of issuers that name none; the operator's own when empty")
	flags.BoolVar(&o.leaderElect, "leader-elect", false, "wait for the Lease before reconciling; for more than one replica")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", "127.0.0.1:8082",
		"address of /metrics; any but a loopback one is served over TLS, to those whose token may get /metrics; 0 turns it off")
	flags.StringVar(&o.metricsCertDir, "metrics-cert-dir", "",
		"folder with tls.crt and tls.key for --metrics-bind-address; a certificate that nobody vouches for when empty")
	flags.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz")
	flags.IntVar(&o.workers, "workers", 16, "OAuthClients that are reconciled at a time, from 1 to 256")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return command
}

// issuer parses --default-issuer.
func (o *operatorOptions) issuer() (types.NamespacedName, error) {
	if o.defaultIssuer == "" {
		return types.NamespacedName{Namespace: o.issuerNamespaces[0], Name: "default"}, nil
	}
	namespace, name, ok := strings.Cut(o.defaultIssuer, "/")
	if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
		return types.NamespacedName{}, fmt.Errorf("--default-issuer %q: write NAMESPACE/NAME", o.defaultIssuer)
	}
	return types.NamespacedName{Namespace: namespace, Name: name}, nil
}

// options checks the flags.
func (o *operatorOptions) options() (controllers.Options, error) {
	if len(o.issuerNamespaces) == 0 || o.issuerNamespaces[0] == "" {
		return controllers.Options{}, errors.New("--issuer-namespaces needs at least one namespace")
	}
	if slices.Contains(o.watchNamespaces, "") { // to a watch that would be all of them
		return controllers.Options{}, errors.New("--watch-namespaces: a name is empty")
	}
	if o.workers < 1 || o.workers > 256 {
		return controllers.Options{}, fmt.Errorf("--workers %d: choose from 1 to 256", o.workers)
	}
	issuer, err := o.issuer()
	return controllers.Options{IssuerNamespaces: o.issuerNamespaces, DefaultIssuer: issuer, Workers: o.workers}, err
}

func (o *operatorOptions) run(ctx context.Context) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	log, err := newLogger(o.logLevel)
	if err != nil {
		return err
	}
	useLogger(log)
	config, err := clientConfig(o.kubeconfig)
	if err != nil {
		return err
	}
	metrics, err := scrape.Options(o.metricsAddress, o.metricsCertDir)
	if err != nil {
		return fmt.Errorf("--metrics-bind-address %s: %w", o.metricsAddress, err)
	}
	mgr, err := ctrl.NewManager(config, o.manager(options, metrics))
	if err != nil {
		return fmt.Errorf("manager: %w", err)
	}
	if err := errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping)); err != nil {
		return fmt.Errorf("health checks: %w", err)
	}
	if options.Image, err = o.issuerImage(ctx, mgr.GetAPIReader()); err != nil {
		return err
	}
	if err := controllers.Setup(ctx, mgr, options); err != nil {
		return fmt.Errorf("controllers: %w", err)
	}
	return mgr.Start(ctx)
}

func (o *operatorOptions) manager(options controllers.Options, metrics metricsserver.Options) ctrl.Options {
	return ctrl.Options{
		Scheme:                        operatorScheme(),
		Cache:                         controllers.CacheOptions(options.IssuerNamespaces, o.watchNamespaces),
		NewCache:                      controllers.NewCache,
		MapperProvider:                controllers.NewMapper,
		Metrics:                       metrics,
		HealthProbeBindAddress:        o.healthAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              leaseName,
		LeaderElectionNamespace:       options.IssuerNamespaces[0],
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       new(operatorShutdownTimeout),
	}
}

func operatorScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme) // neither ever fails
	_ = v1alpha1.AddToScheme(scheme)
	return scheme
}

// clientConfig reads the kubeconfig, or the Pod's own credentials. The API server's fairness decides how fast we may be.
func clientConfig(kubeconfig string) (*rest.Config, error) {
	read := rest.InClusterConfig
	if kubeconfig != "" {
		read = func() (*rest.Config, error) { return clientcmd.BuildConfigFromFlags("", kubeconfig) }
	}
	config, err := read()
	if err != nil {
		return nil, fmt.Errorf("kubernetes client (see --kubeconfig): %w", err)
	}
	config.QPS = -1
	return config, nil
}

// useLogger sends what the libraries log to our handler.
func useLogger(log *slog.Logger) {
	sink := logr.FromSlogHandler(log.Handler())
	ctrl.SetLogger(sink)
	klog.SetLogger(sink)
}
