package imaging_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/h2non/bimg"

	"safelight/internal/imaging"
	"safelight/internal/imaging/codec"
	"safelight/internal/imaging/imagingtest"
)

// TestMain adds a few processes that behave badly.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "refusing-child":
			_ = imaging.Refuse(os.Stdout, "libvips still loads SVG")
			os.Exit(1)
		case "babbling-child":
			fmt.Println("Welcome to libvips, the best library of images that there is.")
			os.Exit(0)
		case "unfiltered-child":
			unfilteredChild()
			os.Exit(0)
		case "filtered":
			if err := filtered(os.Args[2]); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println("done")
			os.Exit(0)
		case "pool-owner":
			ownPool()
		}
	}
	bimg.VipsCacheSetMax(0) // a cached image looks into Go memory that is somebody else's by then
	bimg.VipsCacheSetMaxMem(0)
	imagingtest.Main(m, codec.Open)
}

// ownPool starts a pool, prints the process id of its child and waits for its own end.
func ownPool() {
	p, err := imaging.NewPool(imagingtest.Config(imaging.Config{Children: 1, TempDir: os.Args[2]}))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(pidOf(p))
	select {}
}

// pidOf is the process id of an idle child.
func pidOf(p *imaging.Pool) int {
	c, giveBack := p.Borrow()
	defer giveBack()
	return c.PID()
}
