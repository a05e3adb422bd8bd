package activities_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
)

func TestMain(m *testing.M) { imagingtest.Main(m, openFaulty) }

// faulty is a codec inside a child that does to it what the file says.
type faulty struct{}

func openFaulty(int) (imaging.Codec, error) { return faulty{}, nil }

func (faulty) Compress(req imaging.Request) (imaging.Result, error) {
	source, err := os.ReadFile(req.Source)
	if err != nil {
		return imaging.Result{}, err
	}
	switch {
	case bytes.HasPrefix(source, []byte("crash")):
		return imaging.Result{}, syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case bytes.HasPrefix(source, []byte("hang")):
		err := os.WriteFile(filepath.Join(req.OutDir, "pid"), []byte(strconv.Itoa(os.Getpid())), 0o600)
		if err != nil {
			return imaging.Result{}, err
		}
		select {}
	}
	return imaging.Result{}, errors.New("no such fault")
}
