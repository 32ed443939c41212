package login

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

var units = []struct {
	length time.Duration
	name   string
}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}}

// period tells d in the largest unit that says it well: 90 minutes, 36 hours, 1 day. It rounds up.
func period(d time.Duration) string {
	for _, unit := range units {
		if d == unit.length || d >= 2*unit.length {
			return count(d, unit.length, unit.name)
		}
	}
	return count(d, time.Second, "second")
}

func count(d, unit time.Duration, name string) string {
	n := (d + unit - 1) / unit
	if n == 1 {
		return "1 " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}

// date is a day as people write it, everywhere the same.
func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

// machine is a time as the datetime attribute has it.
func machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// clean makes text fit to be shown: what cannot be seen, or would reorder its surroundings, becomes a mark. Letters of
// all scripts stay, with the joiners and variation selectors that some need in people's names. Admission keeps more than this
// out of what is written for the pages; here is what was written before, and what others call themselves.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r == zeroWidthNonJoiner || r == zeroWidthJoiner:
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp), strings.ContainsRune(fillers, r):
			return unicode.ReplacementChar
		default:
			return r
		}
	}, text)
}

const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
)

// fillers are letters, marks and signs that show nothing, though Unicode counts them as what can be seen.
const fillers = "\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0\U00016FE4"
