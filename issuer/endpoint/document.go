package endpoint

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"tokenwright.dev/issuer/keys"
)

// document is a public document that everybody may keep for a while, encoded once, with an entity tag (RFC 9110 section
// 8.8.3), so that asking again costs no body.
type document struct {
	body []byte
	etag string
	// The values of its headers; nobody changes them.
	mediaType, tags, length []string
}

func newDocument(mediaType string, body []byte) *document {
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return &document{
		body: body, etag: etag,
		mediaType: []string{mediaType}, tags: []string{etag}, length: []string{strconv.Itoa(len(body))},
	}
}

// freshness lets verifiers keep a document for much less time than a new key waits before it signs (RFC 9111 section 5.2.2).
var freshness = []string{"max-age=" + strconv.Itoa(int(keys.JWKSMaxAge.Seconds())) + ", must-revalidate"}

func (d *document) serve(x *exchange) error {
	header := x.w.Header()
	header["Cache-Control"], header["Etag"] = freshness, d.tags
	if d.matches(x.r.Header["If-None-Match"]) {
		x.write(http.StatusNotModified, nil)
		return nil
	}
	header["Content-Type"], header["Content-Length"] = d.mediaType, d.length
	if x.r.Method == http.MethodHead {
		x.write(http.StatusOK, nil)
		return nil
	}
	x.write(http.StatusOK, d.body)
	return nil
}

// matches compares weakly (RFC 9110 section 13.1.2).
func (d *document) matches(lines []string) bool {
	for _, line := range lines {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == d.etag {
				return true
			}
		}
	}
	return false
}
