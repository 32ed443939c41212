package condition_test

import (
	"strconv"
	"testing"

	"tokenwright.dev/controllers/condition"
)

// TestFaults leads with the first and has no end of the others.
func TestFaults(t *testing.T) {
	var many []condition.Fault
	for i := range 8 {
		many = append(many, condition.Fault{Reason: "R" + strconv.Itoa(i), Message: "m" + strconv.Itoa(i)})
	}
	for _, tc := range []struct {
		name    string
		faults  []condition.Fault
		message string
	}{
		{"one", many[:1], "m0"},
		{"two", many[:2], "m0; also R1: m1"},
		{"two of one reason", []condition.Fault{{"R0", "m0"}, {"R0", "n"}}, "m0; also n"},
		{"as many as are told", many[:5], "m0; also R1: m1; also R2: m2; also R3: m3; also R4: m4"},
		{"more", many, "m0; also R1: m1; also R2: m2; also R3: m3; also R4: m4; and 3 more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := condition.Faults("A", tc.faults...)
			if short := got.Type + "=" + string(got.Status) + "/" + got.Reason; short != "A=False/R0" || got.Message != tc.message {
				t.Errorf("%s: %q, want A=False/R0: %q", short, got.Message, tc.message)
			}
		})
	}
}
