package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/endpoint"
	"tokenwright.dev/issuer/kube"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/snapshot"
	ports "tokenwright.dev/issuer/store"
	store "tokenwright.dev/issuer/store/kube"
	"tokenwright.dev/issuer/throttle"
)

// issuerOptions are the flags of "tokenwright issuer".
type issuerOptions struct {
	namespace, name string
	kubeconfig      string
	serving         serving
	trustedProxies  []string
	drainDelay      time.Duration
	keeping         keeping
	logLevel        string
}

func issuerCommand() *cobra.Command {
	var o issuerOptions
	command := &cobra.Command{
		Use:   "issuer",
		Short: "Serve the endpoints of one TokenIssuer",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	flags := command.Flags()
	flags.StringVar(&o.namespace, "namespace", "", "namespace of the TokenIssuer (required)")
	flags.StringVar(&o.name, "name", "", "name of the TokenIssuer (required)")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig file; the Pod's own ServiceAccount when empty")
	flags.StringVar(&o.serving.address, "listen", ":8443", "address of the OAuth endpoints")
	flags.StringVar(&o.serving.certFile, "tls-cert-file", "/etc/tokenwright/tls/tls.crt", "certificate chain, read again when it changes")
	flags.StringVar(&o.serving.keyFile, "tls-key-file", "/etc/tokenwright/tls/tls.key", "private key of the certificate")
	flags.BoolVar(&o.serving.plain, "plain-http", false, "serve without TLS: for loopback, or behind a proxy that ends TLS")
	flags.StringVar(&o.serving.operations, "ops-listen", "", "address of /healthz, /readyz and /metrics; that of --listen when empty")
	flags.IntVar(&o.serving.connections, "max-connections", 0,
		"connections at a time on each address, from 16 to 1000000; 0 lets them take a quarter of GOMEMLIMIT")
	flags.StringSliceVar(&o.trustedProxies, "trusted-proxies", nil, "networks (CIDR) whose X-Forwarded-For is believed: those of the proxies in front, and nothing else")
	flags.DurationVar(&o.drainDelay, "drain-delay", 0, "how long to go on serving, not ready, after SIGTERM; from 0s to 5m")
	o.keeping.bind(command)
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return command
}

// check refuses what cannot work.
func (o *issuerOptions) check() error {
	if o.namespace == "" || o.name == "" {
		return errors.New("--namespace and --name are required: they name the TokenIssuer to serve")
	}
	if err := checkDrainDelay(o.drainDelay); err != nil {
		return err
	}
	if err := checkConnections(o.serving.connections); err != nil {
		return err
	}
	return o.keeping.check()
}

// checkConnections refuses so few that the probes of a cluster would meet the limit.
func checkConnections(count int) error {
	if count != 0 && (count < 16 || count > 1_000_000) {
		return fmt.Errorf("--max-connections %d: choose from 16 to 1000000, or 0", count)
	}
	return nil
}

func checkDrainDelay(d time.Duration) error {
	if d < 0 || d > 5*time.Minute {
		return fmt.Errorf("--drain-delay %s: choose from 0s to 5m", d)
	}
	return nil
}

func (o *issuerOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	log, err := newLogger(o.logLevel)
	if err != nil {
		return err
	}
	useLogger(log)
	proxies, err := parseProxies(o.trustedProxies)
	if err != nil {
		return err
	}
	config, err := clientConfig(o.kubeconfig)
	if err != nil {
		return err
	}
	cluster, err := kube.Connect(config, o.namespace, o.name)
	if err != nil {
		return err
	}
	o.serving.errors = log.Handler()
	metrics, readiness := audit.NewMetrics(), new(endpoint.Readiness)
	o.serving.until = metrics.ServedUntil
	o.serving.evicted = func() { metrics.Evicted(audit.EvictedConnection, 1) }
	keeper := o.newKeeper(metrics, readiness, log)
	remembered, err := store.New(store.Config{
		REST: config, Namespace: o.namespace, Name: o.name, Now: time.Now, Log: log, Metrics: metrics, Synced: readiness.Synced,
		Heard: keeper.Heard,
	})
	if err != nil {
		return err
	}
	var reporter *kube.Reporter
	served := issuer.New(issuer.Config{
		Name: o.name, Log: log.Handler(), Reader: cluster, Proxies: proxies, SeparateOperations: o.serving.operations != "",
		Metrics: metrics, Readiness: readiness, Stores: inKubernetes(remembered),
		HealthChanged: func() { reporter.Changed() },
	})
	reporter = kube.NewReporter(cluster, served.Registry, log, replica())
	reporter.Health = served.Health
	feed := &kube.Feed{
		Cluster: cluster, Registry: served.Registry, Metrics: metrics, Log: log, Now: time.Now,
		Synced: readiness.Synced, Loaded: reporter.Changed, Heard: keeper.Heard, Audit: audit.NewLog(log.Handler(), time.Now),
	}
	keeper.Registry, keeper.Revocations = served.Registry, remembered.Revocations
	readiness.Await(2) // what the feed brings, and what the store remembers
	return o.serve(ctx, served, feed.Run, reporter.Run, remembered.Run, keeper.Run, served.Run)
}

// newKeeper makes what keeps a snapshot. What it keeps is for the caller to set.
func (o *issuerOptions) newKeeper(metrics *audit.Metrics, readiness *endpoint.Readiness, log *slog.Logger) *snapshot.Keeper {
	return snapshot.NewKeeper(snapshot.Config{
		Dir: o.keeping.stateDir, KeysFile: o.keeping.keysFile, MaxStaleness: o.keeping.maxStaleness,
		Namespace: o.namespace, Name: o.name, Metrics: metrics, Log: log, Now: time.Now, StandIn: readiness.StandIn,
	})
}

func inKubernetes(s *store.Store) map[string]ports.Stores {
	return map[string]ports.Stores{registration.StorageKubernetes: {
		Grants: s.Grants, Index: s.Grants, Marks: s.Marks, Revocations: s.Revocations, Ends: s,
	}}
}

// serve runs until ctx ends: then this replica is no longer ready, and after a while no longer there. What feeds it goes
// on until the last request is answered.
func (o *issuerOptions) serve(ctx context.Context, served *issuer.Issuer, background ...func(context.Context)) error {
	alive, end := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	for _, run := range background {
		running.Go(func() { run(alive) })
	}
	return o.serving.serve(ctx, handlers{served.Handler, served.Operations, served.Finish}, func() {
		served.Readiness.Drain()
		<-time.After(o.drainDelay)
	})
}

func parseProxies(networks []string) (throttle.Proxies, error) {
	var out throttle.Proxies
	for _, network := range networks {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies %q: write a network such as 10.60.8.0/28, or 10.60.8.7/32 for one address", network)
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

// replica tells this process from the other replicas: in a Pod by the host's name, which is the Pod's; elsewhere several
// may run on one host.
func replica() string {
	name, err := os.Hostname()
	if _, inPod := os.LookupEnv("KUBERNETES_SERVICE_HOST"); inPod && err == nil {
		return strings.ToLower(name)
	}
	return "process-" + strconv.Itoa(os.Getpid())
}
