package registration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// IssuerConfig is what the operator tells the issuer of itself, in a ConfigMap.
type IssuerConfig struct {
	// URL is the issuer identifier, without a trailing slash.
	URL string `json:"url"`
	// Algorithms are the JWS algorithms in order of preference: the first with an active key signs access tokens.
	Algorithms []string `json:"algorithms"`
}

// EncodeConfig writes c. The same value always gives the same bytes.
func EncodeConfig(c IssuerConfig) ([]byte, error) { return json.Marshal(c) }

// DecodeConfig reads what EncodeConfig wrote. Unknown members are refused.
func DecodeConfig(data []byte) (IssuerConfig, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var c IssuerConfig
	if err := decoder.Decode(&c); err != nil {
		return IssuerConfig{}, fmt.Errorf("issuer configuration: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return IssuerConfig{}, errors.New("issuer configuration: there is more than one value")
	}
	if c.URL == "" || len(c.Algorithms) == 0 {
		return IssuerConfig{}, errors.New("issuer configuration: url and algorithms are required")
	}
	return c, nil
}
