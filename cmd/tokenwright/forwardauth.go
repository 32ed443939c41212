package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tokenwright.dev/issuer/forwardauth"
)

// maxCache is for how long a revocation may go unnoticed at most.
const maxCache = time.Minute

// forwardAuthOptions are the flags of "tokenwright forward-auth".
type forwardAuthOptions struct {
	credentials string
	caFile      string
	audiences   []string
	guarding    guarding
	cache       time.Duration
	serving     serving
	drainDelay  time.Duration
	logLevel    string
}

func forwardAuthCommand() *cobra.Command {
	var o forwardAuthOptions
	command := &cobra.Command{
		Use:   "forward-auth",
		Short: "Guard a resource server: tell a proxy which requests bring a good access token",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	flags := command.Flags()
	flags.StringVar(&o.credentials, "credentials", "/etc/tokenwright/client",
		"folder where the Secret of an OAuthClient with resourceServer is mounted, read again when it changes")
	flags.StringVar(&o.caFile, "ca-file", "", "certificates that the issuer's must chain to; the system's when empty")
	flags.StringArrayVar(&o.audiences, "audience", nil,
		"audience that a token must be for, one of several if repeated; whichever the OAuthClient guards when absent")
	o.guarding.register(command)
	flags.DurationVar(&o.cache, "cache", 0, "how long a good token is not asked for again, nor seen to be revoked; from 0s to 1m")
	flags.StringVar(&o.serving.address, "listen", ":8080", "address of /verify and of the metadata of resources")
	flags.StringVar(&o.serving.certFile, "tls-cert-file", "/etc/tokenwright/tls/tls.crt", "certificate chain, read again when it changes")
	flags.StringVar(&o.serving.keyFile, "tls-key-file", "/etc/tokenwright/tls/tls.key", "private key of the certificate")
	flags.BoolVar(&o.serving.plain, "plain-http", false, "serve without TLS: for loopback, or a network that only the proxy reaches")
	flags.StringVar(&o.serving.operations, "ops-listen", ":8081", "address of /healthz, /readyz and /metrics; nowhere when empty")
	flags.DurationVar(&o.drainDelay, "drain-delay", 0, "how long to go on serving, not ready, after SIGTERM; from 0s to 5m")
	flags.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return command
}

// check refuses what cannot work.
func (o *forwardAuthOptions) check() error {
	if o.cache < 0 || o.cache > maxCache {
		return fmt.Errorf("--cache %s: choose from 0s to %s", o.cache, maxCache)
	}
	return checkDrainDelay(o.drainDelay)
}

func (o *forwardAuthOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	log, err := newLogger(o.logLevel)
	if err != nil {
		return err
	}
	o.serving.errors = log.Handler()
	config, err := o.config()
	if err != nil {
		return err
	}
	config.Log = log
	guard := forwardauth.New(config)
	return o.serving.serve(ctx, guardHandlers(guard), func() {
		guard.Drain()
		<-time.After(o.drainDelay)
	})
}

// config is what the flags make of a guard.
func (o *forwardAuthOptions) config() (forwardauth.Config, error) {
	roots, err := readRoots(o.caFile)
	if err != nil {
		return forwardauth.Config{}, err
	}
	credentials := &reloaded[forwardauth.Credentials]{
		files: forwardauth.CredentialFiles(o.credentials),
		read:  func() (forwardauth.Credentials, error) { return forwardauth.ReadCredentials(o.credentials) },
	}
	config := forwardauth.Config{
		Credentials: func(again bool) (forwardauth.Credentials, error) {
			if again {
				return credentials.again(time.Now())
			}
			return credentials.get(time.Now())
		},
		Transport: forwardauth.NewTransport(roots), Audiences: o.audiences, Cache: o.cache,
	}
	err = o.guarding.apply(&config)
	return config, err
}

// guardHandlers serve the guard. All that it begins ends with its requests.
func guardHandlers(guard *forwardauth.Guard) handlers {
	return handlers{guard, guard.Operations(), func(context.Context) {}}
}

// readRoots reads certificates to trust; nil stands for those of the system.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // crypto/x509 has it so
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, errors.New("--ca-file holds no certificate")
	}
	return roots, nil
}
