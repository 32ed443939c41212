package scrape

import (
	"testing"

	"tokenwright.dev/test/env"
)

func TestMain(m *testing.M) { env.Main(m) }
