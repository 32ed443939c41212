// Package cel proves the schemas of all kinds on a real API server: what each rule lets through, what it refuses,
// and what it then tells the user.
//
// Its tables name every CEL rule, pattern, enum, bound, required field and list type of config/crd/bases, and
// TestEachRuleHasRows holds them to it: a rule without rows fails, and so do rows without a rule. What conditions and
// label selectors bring along is checked where it is made, in apimachinery, and has no rows.
package cel
