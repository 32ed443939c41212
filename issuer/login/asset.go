package login

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tokenwright.dev/issuer/registration"
)

// Where pages expect the assets, below the issuer URL.
const (
	StylePath = "/assets/style.css"
	LogoPath  = "/assets/logo"
)

// logoTypes are what browsers show as a picture.
var logoTypes = []string{"image/svg+xml", "image/png", "image/jpeg", "image/webp"}

// assetPolicy makes a picture that somebody opens by itself as harmless as it is inside a page: an SVG may hold scripts.
const assetPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

//go:embed style.css
var styleSheet []byte

var style = newAsset(styleSheet, "text/css; charset=utf-8")

// Asset is a file that pages refer to. It is immutable.
type Asset struct {
	Body            []byte
	MediaType, ETag string
}

func newAsset(body []byte, mediaType string) *Asset {
	sum := sha256.Sum256(body)
	return &Asset{body, mediaType, `"` + hex.EncodeToString(sum[:16]) + `"`}
}

func newLogo(branding registration.Branding) (*Asset, error) {
	if !slices.Contains(logoTypes, branding.LogoType) {
		return nil, fmt.Errorf("logo: its type must be one of %q", logoTypes)
	}
	return newAsset(branding.Logo, branding.LogoType), nil
}

// Style is the style sheet of all pages.
func (p *Pages) Style() *Asset { return style }

// Logo is the issuer's logo; nil if it has none.
func (p *Pages) Logo() *Asset { return p.logo }

// ServeHTTP answers with the asset. Pages name it with its version, so browsers may keep it for a day.
func (a *Asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.MediaType)
	h.Set("ETag", a.ETag)
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("Content-Security-Policy", assetPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.Body))
}

// version changes with the content.
func (a *Asset) version() string { return a.ETag[1:9] }
