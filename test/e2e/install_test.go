package e2e

import (
	"strings"
	"testing"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/stack/live"
)

// installs does what docs/install.md says, in a namespace that takes restricted Pods alone.
func installs(t *testing.T, c *cluster) {
	c.load(t)
	c.install(t, c.images.first)
	c.prepareRings(t)
	c.rolledOut(t, system, "tokenwright-operator", anyTemplate)
}

// certificateMissing applies an issuer before there is a certificate for it, and reads what to do.
func certificateMissing(t *testing.T, c *cluster) {
	c.apply(t, "issuer.yaml")
	c.apply(t, "apps.yaml")
	message := live.AwaitReason(t, c.Installation, issuer("default"), v1alpha1.ReasonCertificateMissing)
	t.Log(message)
	if !strings.Contains(message, "default-issuer-tls") || !strings.Contains(message, host("default")) {
		t.Errorf("the message names neither the Secret nor the host: %s", message)
	}
}

// comesUp does what the message said.
func comesUp(t *testing.T, c *cluster) {
	_, data := c.ca.issue(t, host("default"))
	c.create(t, tlsSecret("default", data))
	c.create(t, c.ca.configMap())
	t.Log(c.kubectl(t, "-n", system, "wait", "--for=condition=Ready", "tokenissuer/default", "--timeout=60s"))
	ti := live.AwaitReady(t, c.Installation, issuer("default"))
	for _, kind := range []string{v1alpha1.CertificateReady, v1alpha1.DeploymentReady, v1alpha1.Answering} {
		if live.Condition(ti, kind).Status != "True" {
			t.Errorf("Ready without %s", kind)
		}
	}
	if ti.Status.Endpoints == nil || ti.Status.Endpoints.Token != ti.Spec.URL+"/token" {
		t.Errorf("endpoints %+v", ti.Status.Endpoints)
	}
	pods := c.settled(t, system, labelled("default"), 2)
	for _, pod := range pods {
		if len(pod.Spec.TopologySpreadConstraints) == 0 {
			t.Errorf("%s may stand beside the other", pod.Name)
		}
	}
	c.wantRow(t, "default", "True", "https://"+host("default"))
}

// wantRow looks for texts in the row of an issuer, as people see it.
func (c *cluster) wantRow(t *testing.T, name string, texts ...string) {
	t.Helper()
	table := c.kubectl(t, "-n", system, "get", "tokenissuer", name)
	t.Logf("\n%s", table)
	for _, text := range texts {
		if !strings.Contains(table, text) {
			t.Errorf("there is no %q in\n%s", text, table)
		}
	}
}
