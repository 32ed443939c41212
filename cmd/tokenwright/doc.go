// Command tokenwright is the operator, the issuer and a guard for resource servers in one binary: "tokenwright operator"
// reconciles, "tokenwright issuer" serves one TokenIssuer, "tokenwright forward-auth" tells a proxy which requests bring a
// good access token. Each subcommand stands in the file of its name and only wires: flags in, packages together.
package main
