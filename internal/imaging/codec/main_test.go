package codec

import (
	"testing"

	"safelight/internal/imaging/imagingtest"
)

func TestMain(m *testing.M) { imagingtest.Main(m, Open) }
