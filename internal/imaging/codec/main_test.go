package codec

import (
	"testing"

	"github.com/h2non/bimg"

	"safelight/internal/imaging/imagingtest"
)

// TestMain switches libvips' cache off for this process as well, which makes
// the tests' pictures with bimg: a cached image looks into the Go memory that
// it was read from, after that has been given to something else.
func TestMain(m *testing.M) {
	bimg.VipsCacheSetMax(0)
	bimg.VipsCacheSetMaxMem(0)
	imagingtest.Main(m, Open)
}
