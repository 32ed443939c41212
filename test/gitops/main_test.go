package gitops

import (
	"flag"
	"testing"

	"tokenwright.dev/test/env"
)

var update = flag.Bool("update", false, "write testdata and config/argocd/argocd-cm.yaml anew")

// kinds are those that people write and that have a status.
var kinds = []string{"OAuthClient", "TokenIssuer", "TokenPolicy"}

func TestMain(m *testing.M) { env.Main(m) }
