// Command tokenwright is the operator and the issuer in one binary: "tokenwright operator" reconciles, "tokenwright issuer"
// serves one TokenIssuer. Each subcommand stands in the file of its name and only wires: flags in, packages together.
package main
