package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tokenwright.dev/hack/dev/stack"
)

// announce waits for what was applied, says that all is ready, and prints what to try. Objects that do not
// become Ready are shown and do not end the stack, which is where one finds out why; only the file ready is
// missing then.
func (set settings) announce(ctx context.Context, s *stack.Stack, began time.Time) error {
	kinds := "tokenissuers"
	if set.samples {
		kinds = "tokenissuers,tokenpolicies,oauthclients"
	}
	fmt.Println("Waiting for", kinds, "to be Ready")
	output, waited := set.kubectl(ctx, s, "wait", kinds, "--all", "--all-namespaces", "--for=condition=Ready", "--timeout=60s")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	all, err := set.kubectl(ctx, s, "get", kinds, "--all-namespaces", "-o", "wide")
	fmt.Printf("\n%s\n\n", all)
	if err != nil {
		return err
	}
	if ready := waited == nil; !ready {
		fmt.Printf("Not everything is Ready:\n%s\n\nLogs are in %s.\n", output, filepath.Join(set.dir, "logs"))
		return nil
	}
	fmt.Printf("Ready after %.1f s.\n", time.Since(began).Seconds())
	if err := set.suggest(ctx, s); err != nil {
		return err
	}
	return set.write(readyFile, nil)
}

func (set settings) kubectl(ctx context.Context, s *stack.Stack, args ...string) (string, error) {
	command := exec.CommandContext(ctx, s.Kubectl(), args...)
	command.Env = append(os.Environ(), "KUBECONFIG="+s.Kubeconfig, "KUBECACHEDIR="+filepath.Join(set.dir, "data", "kubectl"))
	output, err := command.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

// tokenCommand gets a token, for the issuer's URL and the namespace and name of a Secret with credentials.
const tokenCommand = `  curl -sS -d grant_type=client_credentials %s/token -u "$(kubectl -n %s get secret %s \
    -o go-template='{{index .data "client-id" | base64decode}}:{{index .data "client-secret" | base64decode}}')"
`

// suggest prints commands that work as they stand.
func (set settings) suggest(ctx context.Context, s *stack.Stack) error {
	namespace, secret, err := set.credentials(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("\nIn another terminal:\n\n  export KUBECONFIG=%s\n", filepath.Join(set.dir, kubeconfigFile))
	if _, err := exec.LookPath("kubectl"); err != nil {
		fmt.Printf("  alias kubectl=%s\n", s.Kubectl())
	}
	if secret == "" {
		namespace, secret = "orders", "orders-oauth"
		fmt.Println("  kubectl apply -f hack/dev/demo/objects/client.yaml")
	}
	fmt.Println("  kubectl get oauth --all-namespaces")
	fmt.Printf(tokenCommand, s.IssuerURL, namespace, secret)
	if set.samples {
		suggestLogin(s.IssuerURL)
	}
	fmt.Printf("\nLogs are in %s. Ctrl-C ends it all.\n", filepath.Join(set.dir, "logs"))
	return nil
}

// credentials finds the Secret of a client that may get tokens; both names are empty if there is none.
func (set settings) credentials(ctx context.Context, s *stack.Stack) (namespace, secret string, err error) {
	const lines = `jsonpath={range .items[?(@.spec.grantTypes[0]=="client_credentials")]}{.metadata.namespace}/{.status.binding.name}{"\n"}{end}`
	output, err := set.kubectl(ctx, s, "get", "oauthclients", "--all-namespaces", "-o", lines)
	if err != nil {
		return "", "", fmt.Errorf("find a client: %w: %s", err, output)
	}
	first, _, _ := strings.Cut(output, "\n")
	namespace, secret, _ = strings.Cut(first, "/")
	return namespace, secret, nil
}
