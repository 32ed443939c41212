package roots_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"tokenwright.dev/hack/image/roots"
)

func TestPEM(t *testing.T) {
	file, err := roots.PEM()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !certificate.IsCA {
			t.Errorf("%s is no authority", certificate.Subject)
		}
		names[certificate.Subject.CommonName] = true
	}
	if len(names) < 100 || !names["ISRG Root X1"] || !names["DigiCert Global Root G2"] {
		t.Errorf("%d authorities without a well-known one: %v", len(names), names)
	}
	if again, err := roots.PEM(); err != nil || !bytes.Equal(file, again) {
		t.Errorf("the second time differs (%v)", err)
	}
}
