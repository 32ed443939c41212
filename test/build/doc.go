// Package build makes objects for tests: the smallest that admission takes, changed by options that read like the YAML
// that they stand for. It owns no defaults that a test relies on: what a test is about, it says itself.
package build
