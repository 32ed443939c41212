package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"tokenwright.dev/test/e2e/traffic"
)

// caller calls the targets in turn.
type caller struct {
	folder  string
	targets targets
	clients []*http.Client // which take turns as well
	record  *traffic.Record
}

// clients are one that keeps its connections, and one that makes a new one for each request.
func clients(caFile string) (kept, fresh *http.Client, err error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	client := func(once bool) *http.Client {
		return &http.Client{Timeout: patience, Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: once, MaxIdleConnsPerHost: 16,
		}}
	}
	return client(false), client(true), nil
}

// run begins a call at every beat, whatever became of those before, once each target has answered.
func (c *caller) run(ctx context.Context, rate int) {
	for i := range c.targets {
		c.await(ctx, i)
	}
	beat := time.NewTicker(time.Second / time.Duration(rate))
	defer beat.Stop()
	for i := 0; ; i++ {
		select {
		case <-beat.C:
			go c.call(ctx, i)
		case <-ctx.Done():
			return
		}
	}
}

// await calls a target until it answers. These calls do not count: a Service that is new takes each node a moment to know, and
// nobody tells when that is over.
func (c *caller) await(ctx context.Context, target int) {
	beat := time.NewTicker(200 * time.Millisecond)
	defer beat.Stop()
	for ctx.Err() == nil && c.try(ctx, target*len(c.clients)).Err != nil {
		<-beat.C
	}
}

func (c *caller) call(ctx context.Context, i int) {
	if call := c.try(ctx, i); ctx.Err() == nil {
		c.record.Add(call, time.Now())
	}
}

// try makes the call of a turn: two calls of a target, each on a client of its own, then those of the next.
func (c *caller) try(ctx context.Context, i int) traffic.Call {
	client, target := c.clients[i%len(c.clients)], c.targets[i/len(c.clients)%len(c.targets)]
	call := traffic.Call{Target: target.name, Began: time.Now()}
	token, credential, err := c.token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err == nil {
		err = get(ctx, client, target.url, token)
	}
	call.Key, call.Credential, call.Err = kid(token), credential, err
	return call
}

// token reads the files each time, so a Secret that changes is used as soon as it is there. It names the client secret
// without telling it.
func (c *caller) token(ctx context.Context) (token, credential string, err error) {
	values := map[string]string{}
	for _, name := range []string{"client-id", "client-secret", "token-uri"} {
		value, err := os.ReadFile(filepath.Join(c.folder, name))
		if err != nil {
			return "", "", err
		}
		values[name] = string(value)
	}
	sum := sha256.Sum256([]byte(values["client-secret"]))
	config := clientcredentials.Config{
		ClientID: values["client-id"], ClientSecret: values["client-secret"], TokenURL: values["token-uri"],
		AuthStyle: oauth2.AuthStyleInHeader,
	}
	answer, err := config.Token(ctx)
	if err != nil {
		return "", "", fmt.Errorf("token: %w", err)
	}
	return answer.AccessToken, hex.EncodeToString(sum[:4]), nil
}

func get(ctx context.Context, client *http.Client, url, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode/100 != 2 {
		err = errors.Join(err, fmt.Errorf("%s: %s", response.Status, body))
	}
	return err
}

// kid names the key that signed a token.
func kid(token string) string {
	first, _, _ := strings.Cut(token, ".")
	text, _ := base64.RawURLEncoding.DecodeString(first) // what is no JWT has no key
	var header struct {
		KeyID string `json:"kid"`
	}
	_ = json.Unmarshal(text, &header)
	return header.KeyID
}
