package e2e

import "testing"

// stories follow each other in one installation; without the first ones there is nothing to tell the others of. Pods are
// replaced before the API server is killed: thereafter Kubernetes takes up to half a minute until it sends no more calls to a
// Pod that has ended.
var stories = []struct {
	name   string
	tell   func(*testing.T, *cluster)
	needed bool
}{
	{"somebody installs it", installs, true},
	{"an issuer lacks its certificate", certificateMissing, true},
	{"the issuer comes up", comesUp, true},
	{"a workload calls resource servers", beginsTraffic, true},
	{"nginx asks the guard", nginxAsks, false},
	{"a person logs in", logsIn, false},
	{"a client secret is lost", secretRotates, false},
	{"a certificate is replaced", certificateReplaced, false},
	{"a spare issuer comes up", spareComesUp, false},
	{"what the operator made is changed", drifts, false},
	{"a Pod template asks for too much", templateRefused, false},
	{"the issuer is updated", updates, false},
	{"an issuer is evicted, another deleted", podsGo, false},
	{"the operator is deleted", operatorGoes, false},
	{"all is upgraded", upgrades, false},
	{"the API server is killed", apiServerKilled, false},
	{"an issuer starts without the API server", startsAlone, false},
	{"the keys have rotated", keysRotated, false},
	{"somebody uninstalls it", uninstalls, false},
}

func TestE2E(t *testing.T) {
	c := connect(t)
	for _, story := range stories {
		told := t.Run(story.name, func(t *testing.T) {
			t.Cleanup(func() { c.explain(t) })
			story.tell(t, c)
		})
		if !told && story.needed {
			t.Fatal("there is nothing to tell the other stories of")
		}
	}
}
