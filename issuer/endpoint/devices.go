package endpoint

import (
	"crypto/sha256"
	"encoding/base32"
	"log/slog"
	"strings"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/throttle"
)

// rememberedDevices bounds each table of budgets for devices: some 2.5 MiB when it is full.
const rememberedDevices = 10_000

// Budgets for devices. A user code has 34 bits and lives ten minutes: while a thousand devices wait, whoever tries as many
// codes as a source may needs more than a year to meet one, and all they could do with it is to give away an account of
// their own (RFC 8628 section 5.1).
var (
	// beginBudget is for device authorization requests that no secret comes with, of one source.
	beginBudget = throttle.Budget{PerSecond: 0.2, Burst: 20}
	// sourceLookBudget is for user codes that are tried at one source, which an office may share.
	sourceLookBudget = throttle.Budget{PerSecond: 0.5, Burst: 50}
	// personLookBudget is for user codes that one person tries.
	personLookBudget = throttle.Budget{PerSecond: 0.05, Burst: 10}
)

// devices is what this replica remembers of devices and of those who look for them.
type devices struct {
	polls                   grant.Polls
	begun, sources, persons *throttle.Table
}

func newDevices() *devices {
	return &devices{
		begun:   throttle.NewTable(beginBudget, rememberedDevices),
		sources: throttle.NewTable(sourceLookBudget, rememberedDevices),
		persons: throttle.NewTable(personLookBudget, rememberedDevices),
	}
}

// begin counts a device that a public client begins with. It returns zero when it may, else how long there is to wait.
func (d *devices) begin(source string, now time.Time) time.Duration {
	return d.begun.Spend(throttle.Network(source), now)
}

// look counts an attempt of somebody to find a device by its code. A source without budget takes nothing from the person's.
func (d *devices) look(subject, source string, now time.Time) time.Duration {
	if wait := d.sources.Spend(throttle.Network(source), now); wait > 0 {
		return wait
	}
	return d.persons.Spend(subject, now)
}

// strangerOf is what stands in a mark for where a stranger's request came from: enough to count by, and no address.
func strangerOf(source string) string {
	const enough = 10 // bytes
	sum := sha256.Sum256([]byte("stranger\x00" + throttle.Network(source)))
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:enough]))
}

// noteEvictedDevices tells the log and the metrics that devices made way for the one of x.
func (s *Server) noteEvictedDevices(x *exchange, count int) {
	if count > 0 {
		s.Metrics.Evicted(audit.EvictedDevice, count)
		s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.DeviceEvicted, &x.said)
	}
}
