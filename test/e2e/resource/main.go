package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// patience is how long one request may take: more than any that is answered.
const patience = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "resource:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("resource", flag.ContinueOnError)
	issuer := flags.String("issuer", "", "URL of the issuer")
	ca := flags.String("ca", "/etc/issuer-ca/ca.crt", "who signs the issuer's certificate")
	listen := flags.String("listen", ":8080", "where to serve")
	g := &guard{}
	flags.StringVar(&g.audience, "audience", "", "audience that a token needs")
	flags.StringVar(&g.scope, "scope", "", "scope that a token needs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client, err := clientFor(*ca)
	if err != nil {
		return err
	}
	if g.verifier, err = discover(oidc.ClientContext(ctx, client), *issuer, client); err != nil {
		return err
	}
	server := &http.Server{Addr: *listen, Handler: g, ReadHeaderTimeout: patience}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}

func clientFor(caFile string) (*http.Client, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}}, nil
}

// discover finds the key set by the issuer's metadata (RFC 8414 section 3).
func discover(ctx context.Context, issuer string, client *http.Client) (*oidc.IDTokenVerifier, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		JWKSURI string `json:"jwks_uri"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	return oidc.NewVerifier(issuer, &keySet{client: client, url: metadata.JWKSURI}, &oidc.Config{
		SkipClientIDCheck: true, SupportedSigningAlgs: []string{oidc.ES256},
	}), nil
}

// guard lets in who shows a token for this audience and scope.
type guard struct {
	verifier        *oidc.IDTokenVerifier
	audience, scope string
}

// ServeHTTP says why somebody is not let in (RFC 6750 section 3.1).
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		return
	}
	if err := g.check(r); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (g *guard) check(r *http.Request) error {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return errors.New("no token")
	}
	token, err := g.verifier.Verify(r.Context(), raw)
	if err != nil {
		return err
	}
	var claims struct {
		Scope string `json:"scope"`
	}
	if err := token.Claims(&claims); err != nil {
		return err
	}
	if !slices.Contains(token.Audience, g.audience) || !slices.Contains(strings.Fields(claims.Scope), g.scope) {
		return fmt.Errorf("a token for %q with %q", token.Audience, claims.Scope)
	}
	return nil
}
