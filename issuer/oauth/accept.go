package oauth

import (
	"mime"
	"strconv"
	"strings"
)

// Prefers tells whether lines, which are the values of Accept (RFC 9110 section 12.5.1), ask for media by its name, and not
// for other rather than for it. A range such as */* names neither: who says no more gets what they always got.
func Prefers(lines []string, media, other string) bool {
	quality := map[string]float64{}
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			name, params, err := mime.ParseMediaType(part)
			if err != nil || name != media && name != other {
				continue
			}
			quality[name] = max(quality[name], qualityOf(params["q"]))
		}
	}
	return quality[media] > 0 && quality[media] >= quality[other]
}

// qualityOf reads a weight (RFC 9110 section 12.4.2): 1 where there is none, 0 for what is no weight.
func qualityOf(text string) float64 {
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
