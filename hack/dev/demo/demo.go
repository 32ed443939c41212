package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
)

//go:embed objects/*.yaml
var objects embed.FS

// timeout bounds the whole tour, the build of the binary and the start of the stack aside.
const timeout = 5 * time.Minute

// tour is the demo while it runs.
type tour struct {
	stack *stack.Stack
	out   printer
	dir   string // the working directory of the commands shown, with the YAML files in it

	credentials credentials
	token       token
	web         web
}

// stop is one step: a heading, a sentence of why, and what happens.
type stop struct {
	title, why string
	visit      func(*tour, context.Context) error
}

var stops = []stop{
	{"The platform team says what may be issued", "Until a policy selects a client, this issuer refuses it: nobody authorizes himself.", (*tour).applyPolicy},
	{"The application team asks for a client", "One object beside the application, in its own namespace; the name of the client follows from where it stands.", (*tour).applyClient},
	{"Is it well, and who decided what", "The status says what is in force and which policy, or wish, decided each value. The issuer enforces the very same.", (*tour).showStatus},
	{"The credentials lie in a Secret", "A Pod mounts it as it is: it holds the addresses too. The issuer keeps only a hash of the secret.", (*tour).showSecret},
	{"The application gets a token", "Plain OAuth 2.0 (RFC 6749 section 4.4): any client library does this.", (*tour).getToken},
	{"Somebody else verifies it", "go-oidc knows nothing of Tokenwright: it finds the keys through the issuer's metadata, as every resource server would.", (*tour).verify},
	{"The platform team tightens the policy", "No client changes and nothing restarts: the next token is shorter.", (*tour).tighten},
	{"A scope beyond the client is refused", "The refusal says what is wrong, in the words of RFC 6749 section 5.2.", (*tour).refuse},
	{"Somebody logs in", "The application sends a browser to the issuer, and gets back a code for what its user allowed (RFC 6749 section 4.1, with PKCE).", (*tour).logIn},
	{"Nobody is asked again", "A refresh token gets the next access token. What the user allowed is an object, and deleting it ends everything that came of it.", (*tour).refresh},
	{"The client goes, and its credential with it", "The finalizer takes the registration away before the object is gone.", (*tour).remove},
}

// Run starts a stack in a temporary folder, shows everything on out and leaves nothing behind.
func Run(ctx context.Context, root string, out *os.File) (err error) {
	dir, err := os.MkdirTemp("", "tokenwright-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	t := &tour{out: newPrinter(out), dir: dir}
	if err := t.start(ctx, root); err != nil {
		return err
	}
	if err := errors.Join(t.walk(ctx), t.stack.Close()); err != nil {
		return err
	}
	t.out.heading("That was all", "Everything is stopped and removed. `make dev` gives you such a cluster to keep.")
	return nil
}

func (t *tour) walk(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for i, stop := range stops {
		t.out.heading(fmt.Sprintf("%d. %s", i+1, stop.title), stop.why)
		if err := stop.visit(t, ctx); err != nil {
			return fmt.Errorf("step %d, %q: %w", i+1, stop.title, err)
		}
	}
	return nil
}

// start builds what is missing and brings up a stack with the issuer of objects/issuer.yaml.
func (t *tour) start(ctx context.Context, root string) error {
	t.out.heading("Starting", "A real etcd, kube-apiserver and kube-controller-manager; then the operator and the issuer under the Roles they have in a cluster.\n")
	issuer, err := t.layOut()
	if err != nil {
		return err
	}
	assets, err := stack.Assets(ctx, root, os.Stderr)
	if err != nil {
		return err
	}
	t.out.say("Building cmd/tokenwright")
	binary, err := stack.Build(ctx, root, t.dir)
	if err != nil {
		return err
	}
	began := time.Now()
	t.stack, err = stack.Start(ctx, stack.Options{
		Root: root, Assets: assets, Binary: binary, Dir: filepath.Join(t.dir, "stack"), TLS: true,
		Objects: issuer, Log: t.out,
	})
	if err == nil {
		t.out.say("Ready, %.1f s after the build.", time.Since(began).Seconds())
	}
	return err
}

// layOut writes the YAML files where the commands find them, and reads the issuer's.
func (t *tour) layOut() ([]*unstructured.Unstructured, error) {
	if err := os.CopyFS(t.dir, objects); err != nil {
		return nil, err
	}
	issuer, err := objects.ReadFile("objects/issuer.yaml")
	if err != nil {
		return nil, err
	}
	return stack.Decode(issuer)
}
