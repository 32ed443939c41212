package cel

import "slices"

const (
	reported = `{name: p%d, health: Usable, oidc: {discovery: OK, keys: OK}}`
	refusedE = `{line: 3, entry: 1, reason: r%d}`
	known    = `{name: p%d, login: Possible}`
)

const faults = `"UsersMissing", "UsersNotAccepted", "UsersTooCostly", "NoUsableEntry", "ClientSecretMissing", "ClaimsNotAccepted", ` +
	`"Unreachable", "CertificateNotTrusted", "MetadataRefused", "MetadataInvalid", "KeysUnavailable"`

// providerReportChecks hold what a replica says of identity providers to bounds: a report has 64 KiB at most.
var providerReportChecks = slices.Concat(given("spec: {identityProviders: "+list(1, reported)+"}",
	most("spec.identityProviders", 8, reported),
	set("spec.identityProviders", ok{list(2, reported)}, no{same(reported)}),
	required("spec.identityProviders[].name", "p"),
	notEmpty("spec.identityProviders[].name"),
	longest("spec.identityProviders[].name", 40, "p"),
	required("spec.identityProviders[].health", "Usable"),
	enum("spec.identityProviders[].health", `"Usable", "Unusable", "Unknown"`, ok{"Unusable", "Unknown"}, no{`""`, "Well"}),
	enum("spec.identityProviders[].fault", faults, ok{"UsersMissing", "Unreachable"}, no{"Sick"}),
	longest("spec.identityProviders[].message", 256, "m"),
	required("spec.identityProviders[].oidc.discovery", "OK"),
	enum("spec.identityProviders[].oidc.discovery", `"NotAsked", "OK", "Failed"`, ok{"Failed"}, no{`""`, "ok"}),
	required("spec.identityProviders[].oidc.keys", "OK"),
	enum("spec.identityProviders[].oidc.keys", `"NotAsked", "OK", "Failed"`, ok{"NotAsked"}, no{`""`, "ok"}),
), given("spec: {identityProviders: [{name: staff, health: Usable, users: {refusedEntries: "+list(1, refusedE)+"}}]}",
	longest("spec.identityProviders[].users.acceptedVersion", 64, "1"),
	notNegative("spec.identityProviders[].users.entries"),
	greatest("spec.identityProviders[].users.entries", 1000),
	notNegative("spec.identityProviders[].users.refused"),
	greatest("spec.identityProviders[].users.refused", 1000),
	most("spec.identityProviders[].users.refusedEntries", 8, refusedE),
	least("spec.identityProviders[].users.refusedEntries[].line", 1),
	greatest("spec.identityProviders[].users.refusedEntries[].line", 1048576),
	required("spec.identityProviders[].users.refusedEntries[].entry", "1"),
	least("spec.identityProviders[].users.refusedEntries[].entry", 1),
	greatest("spec.identityProviders[].users.refusedEntries[].entry", 1000),
	required("spec.identityProviders[].users.refusedEntries[].reason", "r"),
	notEmpty("spec.identityProviders[].users.refusedEntries[].reason"),
	longest("spec.identityProviders[].users.refusedEntries[].reason", 256, "r"),
))

var providerStatusChecks = given("status: {identityProviders: "+list(1, known)+"}",
	most("status.identityProviders", 8, known),
	set("status.identityProviders", ok{list(2, known)}, no{same(known)}),
	required("status.identityProviders[].name", "p"),
	notEmpty("status.identityProviders[].name"),
	longest("status.identityProviders[].name", 40, "p"),
	required("status.identityProviders[].login", "Possible"),
	enum("status.identityProviders[].login", `"Possible", "Impaired", "Impossible", "Unknown"`, ok{"Impaired", "Impossible", "Unknown"}, no{`""`, "Sure"}),
	longest("status.identityProviders[].reason", 64, "R"),
	longest("status.identityProviders[].message", 2048, "m"),
)
