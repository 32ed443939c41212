package registration

import (
	"errors"
	"time"
)

// MaxOtherURLs is how many further URLs an issuer is known by at most.
const MaxOtherURLs = 9

// OtherURL is a further issuer identifier of an issuer: one that it had before its present one, or one that it is about to
// get. Requests that come in under it are answered as by an issuer of that name, and tokens of that name are valid at all.
type OtherURL struct {
	// URL is the issuer identifier, without a trailing slash.
	URL string `json:"url"`
	// Until is when a former URL ends, to the second; zero for one that is prepared, which has no end.
	Until time.Time `json:"until,omitzero"`
}

// Live tells whether the URL counts at now.
func (o OtherURL) Live(now time.Time) bool { return o.Until.IsZero() || now.Before(o.Until) }

// As is c as it would be if url were the issuer's URL and there were no other.
func (c IssuerConfig) As(url string) IssuerConfig {
	c.SealedUnder = c.SealingURL()
	c.URL, c.Others = url, nil
	return c
}

// SealingURL is the URL that the keys of sealed values follow from.
func (c IssuerConfig) SealingURL() string {
	if c.SealedUnder != "" {
		return c.SealedUnder
	}
	return c.URL
}

func (c IssuerConfig) checkOthers() error {
	if len(c.Others) > MaxOtherURLs {
		return errors.New("issuer configuration: too many other URLs")
	}
	seen := map[string]bool{c.URL: true}
	for _, other := range c.Others {
		if other.URL == "" || seen[other.URL] {
			return errors.New("issuer configuration: an other URL is empty, or there twice")
		}
		seen[other.URL] = true
	}
	return nil
}
