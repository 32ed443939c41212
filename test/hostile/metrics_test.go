package hostile

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// metrics reads what a process counts, by name and labels as they stand.
func (w *world) metrics(t *testing.T, address string) map[string]float64 {
	t.Helper()
	answer, err := w.Get(t.Context(), address)
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("metrics: %d (%v)", answer.Status, err)
	}
	values := map[string]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(answer.Body)); lines.Scan(); {
		at := strings.LastIndexByte(lines.Text(), ' ')
		if at < 0 || lines.Text()[0] == '#' {
			continue
		}
		if value, err := strconv.ParseFloat(lines.Text()[at+1:], 64); err == nil {
			values[lines.Text()[:at]] = value
		}
	}
	return values
}

// memory reads a line of /proc/<pid>/status, in bytes: VmHWM is the most that a process ever had, VmRSS what it has.
func memory(t *testing.T, pid int, line string) int {
	t.Helper()
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Skip("no /proc to read memory from")
	}
	for text := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(text, line+":"); ok {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("no %s in /proc", line)
	return 0
}
