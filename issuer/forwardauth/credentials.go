package forwardauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"tokenwright.dev/issuer/oauth"
)

// Credentials are those of the OAuthClient that guards a resource, and who its issuer is.
type Credentials struct {
	Issuer, ClientID, ClientSecret string
}

// LogValue leaves the secret out.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("issuer", c.Issuer), slog.String("clientID", c.ClientID))
}

// CredentialFiles are the files of a mounted Secret that ReadCredentials reads (Service Binding Specification, type
// oauth2).
func CredentialFiles(folder string) []string {
	return []string{
		filepath.Join(folder, "issuer-uri"), filepath.Join(folder, "client-id"), filepath.Join(folder, "client-secret"),
	}
}

// ReadCredentials reads the Secret that is mounted at folder.
func ReadCredentials(folder string) (Credentials, error) {
	var values [3]string
	for i, file := range CredentialFiles(folder) {
		text, err := os.ReadFile(file)
		if err != nil {
			return Credentials{}, err
		}
		values[i] = strings.TrimSpace(string(text))
		if values[i] == "" {
			return Credentials{}, fmt.Errorf("%s is empty", file)
		}
	}
	if !web(values[0]) {
		return Credentials{}, errors.New("issuer-uri is neither an https nor an http URL")
	}
	return Credentials{Issuer: values[0], ClientID: values[1], ClientSecret: values[2]}, nil
}

func web(address string) bool {
	to, err := url.Parse(address)
	return err == nil && to.Host != "" && (to.Scheme == "https" || to.Scheme == "http") && to.RawQuery == "" && to.Fragment == ""
}

// safe tells whether an issuer's secrets may be sent to address: by TLS, on the machine itself, or in the clear where
// the issuer itself is known by such an address.
func safe(address, issuer string) bool {
	to, err := url.Parse(address)
	if err != nil || to.Host == "" {
		return false
	}
	return to.Scheme == "https" || to.Scheme == "http" && (oauth.Loopback(address) || strings.HasPrefix(issuer, "http://"))
}
