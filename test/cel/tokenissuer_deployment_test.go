package cel

import "slices"

var issuerDeploymentChecks = slices.Concat(issuerManagementChecks, issuerPodChecks, issuerAutoscalingChecks, issuerProxyChecks,
	issuerNetworkPolicyChecks, issuerResourceChecks("requests"), issuerResourceChecks("limits"))

var issuerManagementChecks = []check{
	enum("spec.deployment.management", `"Managed", "External"`, ok{"Managed", "External"}, no{`""`, "managed", "None"}),
	rule("spec.deployment", "an issuer that runs elsewhere is set up there: with management: External leave out everything else of deployment",
		ok{"{}", "{management: External}", "{replicas: 1}", "{management: Managed, podTemplate: {spec: {nodeSelector: {disk: fast}}}}"},
		no{"{management: External, replicas: 1}", "{management: External, autoscaling: {maxReplicas: 2}}", "{management: External, image: a}",
			"{management: External, resources: {}}", "{management: External, podTemplate: {}}", "{management: External, maxStaleness: 24h}",
			"{management: External, trustedProxies: []}", "{management: External, networkPolicy: {}}"}),
	rule("spec", "an issuer that runs elsewhere has its certificate and its address there: with deployment.management: External leave out exposure, and of tls all but caSecretRef",
		ok{"{deployment: {management: External}}", "{deployment: {management: Managed}, tls: {}, exposure: {}}", "{deployment: {}, tls: {}}", "{exposure: {}}",
			"{deployment: {management: External}, tls: {caSecretRef: {name: ca}}}"},
		no{"{deployment: {management: External}, tls: {secretName: tls, caSecretRef: {name: ca}}}",
			"{deployment: {management: External}, tls: {termination: Issuer}}", "{deployment: {management: External}, exposure: {}}"}),
}

var issuerPodChecks = []check{
	least("spec.deployment.replicas", 1),
	greatest("spec.deployment.replicas", 100),
	notEmpty("spec.deployment.image"),
	longest("spec.deployment.image", 512, "registry.example/tokenwright:"),
	duration("spec.deployment.maxStaleness"),
	shortDuration("spec.deployment.maxStaleness"),
	rule("spec.deployment.maxStaleness", "maxStaleness must be from 1m to 720h, such as 24h", ok{"1m", "720h", "60s"}, no{"59s", "0s", "720h1s"}),
}

var issuerAutoscalingChecks = append([]check{
	rule("spec", "what storage.type: Memory remembers, one Pod knows alone: leave out deployment.replicas and deployment.autoscaling, or Memory",
		ok{"{url: https://issuer.example, storage: {type: Memory}}", "{url: https://issuer.example, storage: {type: Memory}, deployment: {replicas: 1}}",
			"{url: https://issuer.example, storage: {type: Kubernetes}, deployment: {replicas: 2}}"},
		no{"{url: https://issuer.example, storage: {type: Memory}, deployment: {replicas: 2}}",
			"{url: https://issuer.example, storage: {type: Memory}, deployment: {autoscaling: {maxReplicas: 2}}}"}),
	rule("spec.deployment", "with autoscaling the number of replicas is the autoscaler's: leave out replicas, or autoscaling",
		ok{"{replicas: 2}", "{autoscaling: {maxReplicas: 2}}"},
		no{"{replicas: 2, autoscaling: {maxReplicas: 2}}"}),
	rule("spec.deployment", "an autoscaler goes by the share of the CPU that is requested: with autoscaling and resources set resources.requests.cpu",
		ok{"{autoscaling: {maxReplicas: 2}}", "{resources: {limits: {memory: 1Gi}}}",
			"{autoscaling: {maxReplicas: 2}, resources: {requests: {cpu: 1}}}", "{autoscaling: {maxReplicas: 2}, resources: {limits: {cpu: 1}}}"},
		no{"{autoscaling: {maxReplicas: 2}, resources: {}}", "{autoscaling: {maxReplicas: 2}, resources: {requests: {memory: 1Gi}}}"}),
	rule("spec.deployment.autoscaling", "maxReplicas must not be less than minReplicas, which is 2 when absent",
		ok{"{maxReplicas: 2}", "{minReplicas: 1, maxReplicas: 1}", "{minReplicas: 3, maxReplicas: 100}"},
		no{"{maxReplicas: 1}", "{minReplicas: 4, maxReplicas: 3}"}),
	required("spec.deployment.autoscaling.maxReplicas", "2").given("spec: {deployment: {autoscaling: {minReplicas: 1}}}"),
}, given("spec: {deployment: {autoscaling: {minReplicas: 1, maxReplicas: 100}}}",
	least("spec.deployment.autoscaling.minReplicas", 1),
	greatest("spec.deployment.autoscaling.minReplicas", 100).alongside("maxReplicas must not be less"),
	least("spec.deployment.autoscaling.maxReplicas", 1).alongside("maxReplicas must not be less"),
	greatest("spec.deployment.autoscaling.maxReplicas", 100),
	least("spec.deployment.autoscaling.targetCPUUtilization", 10),
	greatest("spec.deployment.autoscaling.targetCPUUtilization", 100),
)...)

// network has the 43 characters that a network has at most.
const network = "2001:0db8:0000:0000:0000:0000:0000:0000/128"

var issuerProxyChecks = []check{
	set("spec.deployment.trustedProxies", ok{"[10.0.0.0/8, 10.0.0.0/9]"}, no{"[10.0.0.0/8, 10.0.0.0/8]"}),
	most("spec.deployment.trustedProxies", 16, "10.%d.0.0/16"),
	rule("spec.deployment.trustedProxies[]", "write a network such as 10.60.8.0/28, or 10.60.8.7/32 for one address",
		ok{"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "'2001:db8::/32'", "'::/0'"},
		no{"10.0.0.0", "10.0.0.0/33", "10.0.0/8", "010.0.0.0/8", "'2001:db8::'", "'fe80::%eth0/64'", "proxy.example", "10.0.0.0-10.0.0.9", `"10.0.0.0/8\n"`, "'*'"}),
	schema("spec.deployment.trustedProxies[]", "minLength", "should be at least 1 chars long", ok{"10.0.0.0/8"}, no{`""`}).alongside("write a network"),
	schema("spec.deployment.trustedProxies[]", "maxLength", "may not be more than 43 bytes", ok{network}, no{"0" + network}).alongside("write a network"),
}

const peer = "{namespaceSelector: {matchLabels: {number: n%d}}}"

var issuerNetworkPolicyChecks = []check{
	enum("spec.deployment.networkPolicy.management", `"Managed", "External"`, ok{"Managed", "External"}, no{`""`, "external", "None"}),
	rule("spec.deployment.networkPolicy", "metricsFrom belongs to a policy that the operator manages: leave it out, or management: External",
		ok{"{}", "{management: External}", "{management: Managed, metricsFrom: []}", "{metricsFrom: " + list(1, peer) + "}"},
		no{"{management: External, metricsFrom: []}", "{management: External, metricsFrom: " + list(1, peer) + "}"}),
	most("spec.deployment.networkPolicy.metricsFrom", 8, peer),
	required("spec.deployment.networkPolicy.metricsFrom[].namespaceSelector", "{}").
		given("spec: {deployment: {networkPolicy: {metricsFrom: [{podSelector: {matchLabels: {app: prometheus}}}]}}}"),
}

func issuerResourceChecks(name string) []check {
	field := "spec.deployment.resources." + name
	return slices.Concat([]check{
		schema(field, "minProperties", "should have at least 1 properties", ok{"{cpu: 500m}", "{cpu: 1, memory: 256Mi}"}, no{"{}"}),
	}, amount(field+".cpu", "500m"), amount(field+".memory", "256Mi"))
}
