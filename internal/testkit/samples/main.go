// Command samples writes the pictures that the tests of the web app upload:
//
//	samples DIR          small ones, and those that are not taken
//	samples scenes DIR   what looks like somebody's library
package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"

	"safelight/internal/testkit"
	"safelight/internal/testkit/scenery"
)

func main() {
	args := os.Args[1:]
	write := plain
	if len(args) == 2 && args[0] == "scenes" {
		write, args = scenes, args[1:]
	}
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: samples [scenes] DIR")
		os.Exit(2)
	}
	if err := write(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, "samples:", err)
		os.Exit(1)
	}
}

// largeSize is that of large.png, in bytes: enough for a connection to be lost
// in the middle of it.
const largeSize = 20 << 20

// plain writes what tests need one by one.
func plain(dir string) error {
	whole := testkit.JPEG(1200, 800, 1)
	files := map[string][]byte{
		"infected.jpg": testkit.InfectedJPEG(640, 480, 90),
		"broken.jpg":   whole[:len(whole)/2],
		"text.jpg":     []byte("This is no picture, whatever its name says.\n"),
		"large.png":    large(),
	}
	for i := 1; i <= 8; i++ {
		files[fmt.Sprintf("photo-%d.jpg", i)] = testkit.FineJPEG(1200, 800, uint64(i))
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// large is a small picture with so much behind its end that it takes a while to send.
func large() []byte {
	r := rand.NewChaCha8([32]byte{1})
	picture := testkit.PNG(800, 600, 77)
	rest := make([]byte, largeSize-len(picture))
	_, _ = r.Read(rest) // never fails
	return append(picture, rest...)
}

func scenes(dir string) error {
	for _, s := range scenery.Scenes() {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, s.Paint(1600), &jpeg.Options{Quality: 95}); err != nil {
			return fmt.Errorf("write %s: %w", s.Name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, s.Name), out.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
