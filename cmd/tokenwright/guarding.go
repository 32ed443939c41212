package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/oauth"
)

// guarding are the flags of what a guard is told of the proxy that asks it, and of the clients behind that.
type guarding struct {
	pathPrefix                string
	methodHeader, urlHeader   string
	passPreflights            bool
	origins                   []string
	resources, resourceScopes []string
}

func (o *guarding) register(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&o.pathPrefix, "path-prefix", "",
		"envoy: the path of a client stands behind what is required, as Envoy's path_prefix has it, which ends with a slash; nothing may when empty")
	flags.StringVar(&o.methodHeader, "original-method-header", "",
		"header in which the proxy always tells its client's method; that of its question counts when empty, as Envoy has it")
	flags.StringVar(&o.urlHeader, "original-url-header", "",
		"header in which the proxy always tells its client's URL, or path; only needed to tell several resources apart")
	flags.BoolVar(&o.passPreflights, "pass-preflights", false, "let CORS preflights pass, which bring no token: the API answers them")
	flags.StringArrayVar(&o.origins, "cors-origin", nil,
		"origin whose scripts may read refusals, such as https://app.example; may be repeated")
	flags.StringArrayVar(&o.resources, "resource", nil,
		"URL that is guarded, an --audience as well, whose metadata clients are served and told of (RFC 9728); may be repeated")
	flags.StringArrayVar(&o.resourceScopes, "resource-scope", nil, "scope that the metadata of resources names; may be repeated")
}

// apply puts what the flags say into a guard's configuration. It refuses what cannot work.
func (o *guarding) apply(c *forwardauth.Config) error {
	if err := o.applyProxy(c); err != nil {
		return err
	}
	for _, text := range o.origins {
		origin, err := forwardauth.ParseOrigin(text)
		if err != nil {
			return fmt.Errorf("--cors-origin %q: %w", text, err)
		}
		c.Origins = append(c.Origins, origin)
	}
	for _, text := range o.resources {
		resource, err := forwardauth.ParseResource(text)
		if err != nil {
			return fmt.Errorf("--resource %q: %w", text, err)
		}
		c.Resources = append(c.Resources, resource)
	}
	for _, scope := range o.resourceScopes {
		if scopes, err := oauth.ParseScopes(scope); err != nil || len(scopes) != 1 {
			return fmt.Errorf("--resource-scope %q: name one scope", scope)
		}
	}
	c.ScopesSupported = o.resourceScopes
	if err := forwardauth.CheckResources(c.Resources); err != nil {
		return fmt.Errorf("--resource: %w", err)
	}
	return o.checkTogether()
}

// applyProxy puts what the proxy says, and how.
func (o *guarding) applyProxy(c *forwardauth.Config) (err error) {
	c.PassPreflights = o.passPreflights
	switch c.Tail = forwardauth.Tail(o.pathPrefix); c.Tail {
	case forwardauth.NoTail, forwardauth.EnvoyTail:
	default:
		return fmt.Errorf("--path-prefix %q: choose %s, or leave it out", o.pathPrefix, forwardauth.EnvoyTail)
	}
	if c.MethodHeader, err = forwardauth.ParseHeaderName(o.methodHeader); err != nil {
		return fmt.Errorf("--original-method-header %q: %w", o.methodHeader, err)
	}
	if c.URLHeader, err = forwardauth.ParseHeaderName(o.urlHeader); err != nil {
		return fmt.Errorf("--original-url-header %q: %w", o.urlHeader, err)
	}
	if c.MethodHeader != "" && c.MethodHeader == c.URLHeader {
		return errors.New("--original-method-header and --original-url-header are the same")
	}
	return nil
}

// checkTogether refuses flags of which one does nothing without another.
func (o *guarding) checkTogether() error {
	switch {
	case o.passPreflights && o.methodHeader == "" && o.pathPrefix == "":
		return errors.New("--pass-preflights needs --original-method-header, or --path-prefix=envoy, which asks by its client's method")
	case len(o.resources) > 1 && o.urlHeader == "":
		return errors.New("several --resource need --original-url-header, which tells them apart")
	case len(o.resourceScopes) > 0 && len(o.resources) == 0:
		return errors.New("--resource-scope needs --resource")
	default:
		return nil
	}
}
