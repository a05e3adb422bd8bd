package imaging_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/h2non/bimg"
	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/imaging/imagingtest"
	"safelight/models"
)

// attack is one file, and what must come of it. No code stands for a result.
type attack struct {
	name string
	path string
	want []models.RejectionCode
}

const (
	corrupt     = models.RejectCorrupt
	tooMany     = models.RejectTooManyPixels
	unsupported = models.RejectUnsupported
	fine        = models.RejectionCode("")
)

// harmless is a small picture of every format, the JPEG in both kinds.
func harmless(t testing.TB) map[string][]byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 96, 64))
	for i := range 96 * 64 {
		img.Set(i%96, i/96, color.NRGBA{R: uint8(i), G: uint8(i / 96 * 3), B: uint8(i / 7), A: 255})
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	files := map[string][]byte{"png": b.Bytes(), "gif": animated(t)}
	for name, options := range map[string]bimg.Options{
		"jpeg": {Type: bimg.JPEG}, "progressive jpeg": {Type: bimg.JPEG, Interlace: true}, "webp": {Type: bimg.WEBP},
		"tiff": {Type: bimg.TIFF}, "avif": {Type: bimg.AVIF, Speed: 8}, "heic": {Type: bimg.HEIF},
	} {
		out, err := bimg.NewImage(b.Bytes()).Process(options)
		require.NoError(t, err)
		files[name] = out
	}
	return files
}

func animated(t testing.TB) []byte {
	t.Helper()
	g := &gif.GIF{}
	for n := range 3 {
		frame := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.Black, color.NRGBA{R: 9, A: 255}})
		for i := range frame.Pix {
			frame.Pix[i] = uint8((i + n) % 3)
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 4)
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, g))
	return b.Bytes()
}

// bombs are the files that somebody thought about.
func bombs(t testing.TB, files map[string][]byte) []attack {
	t.Helper()
	text := func(kind string, head string) string {
		return whole(t, blackPNG(t, 8, 8, 8, 0, 0, 8, pngChunk(kind, join(head, zeros(t, 4<<30)))))
	}
	avif := files["avif"]
	ispeAt := bytes.Index(avif, []byte("ispe")) + 8
	hugeAVIF := slices.Concat(avif[:ispeAt], be32(17_000, 17_000), avif[ispeAt+8:])
	loop := tiffOf(make([]byte, 64), 72, pageOf(8, 8, 8, 1, 1, 64)...)
	coded := [][]byte{ispe(512, 512), box("hvcC", make([]byte, 23))}
	tower := []string{"grid", "grid", "grid", "grid", "hvc1"}
	all := func(n int) (to []int) { return slices.Repeat([]int{n}, 256) }
	return []attack{
		{"png, 30000 × 30000", whole(t, blackPNG(t, 30_000, 30_000, 8, 2, 0, 90_000)), []models.RejectionCode{tooMany}},
		{"png, 1 bit, 30000 × 30000", whole(t, blackPNG(t, 30_000, 30_000, 1, 0, 0, 3750)), []models.RejectionCode{tooMany}},
		{"png, zTXt of 4 GB", text("zTXt", "k\x00\x00"), []models.RejectionCode{fine, corrupt}},
		{"png, iTXt of 4 GB", text("iTXt", "k\x00\x01\x00\x00\x00"), []models.RejectionCode{fine, corrupt}},
		{"png, iCCP of 4 GB", text("iCCP", "k\x00\x00"), []models.RejectionCode{fine, corrupt}},
		{"png, 200,000 text chunks", whole(t, blackPNG(t, 8, 8, 8, 0, 0, 8, bytes.Repeat(pngChunk("tEXt", []byte("k\x00v")), 200_000))), []models.RejectionCode{fine, corrupt}},
		{"png, more rows than it says", whole(t, join(blackPNG(t, 8, 8, 8, 0, 0, 8)[:33], pngChunk("IDAT", zeros(t, 4<<30)), pngChunk("IEND", nil))), []models.RejectionCode{corrupt}},
		{"jpeg, claims 65000 × 65000", whole(t, claim(files["jpeg"], 65_000, 65_000)), []models.RejectionCode{tooMany}},
		{"jpeg, claims 9990 × 9990", whole(t, claim(files["jpeg"], 9990, 9990)), []models.RejectionCode{fine, corrupt}},
		{"progressive jpeg, claims 9990 × 9990", whole(t, claim(files["progressive jpeg"], 9990, 9990)), []models.RejectionCode{fine, corrupt}},
		{"progressive jpeg, 40 scans of 9990 × 9990", scans(t, 9990, 40), []models.RejectionCode{fine, corrupt, unsupported}},
		{"progressive jpeg, 5000 scans of 9990 × 9990", scans(t, 9990, 5000), []models.RejectionCode{corrupt, unsupported}},
		{"jpeg, 20 MB of fill bytes", whole(t, join("\xff\xd8", bytes.Repeat([]byte{0xff}, 20<<20), files["jpeg"][2:])), []models.RejectionCode{fine, corrupt}},
		{"jpeg, 20 MB of comments", whole(t, join("\xff\xd8", bytes.Repeat([]byte("\xff\xfe\x00\x02"), 5<<20), files["jpeg"][2:])), []models.RejectionCode{corrupt}},
		{"avif, claims 17000 × 17000", whole(t, hugeAVIF), []models.RejectionCode{tooMany}},
		{"avif, coded larger than it says", whole(t, smallClaim(t, bimg.AVIF)), []models.RejectionCode{corrupt}},
		{"heic, coded larger than it says", whole(t, smallClaim(t, bimg.HEIF)), []models.RejectionCode{corrupt}},
		{"gif, 100,000 frames", gifOf(t, gifFrame, 100_000, ";"), []models.RejectionCode{tooMany}},
		{"gif, 1000 frames of 300 × 300", gifOf(t, ",\x00\x00\x00\x00\x2c\x01\x2c\x01\x00\x02\x02D\x01\x00", 1000, ";"), []models.RejectionCode{fine, corrupt}},
		{"gif, comment without an end", gifOf(t, "\x01x", 20<<20, ""), []models.RejectionCode{corrupt}},
		{"gif, 40 MB of comments", gifOf(t, "!\xfe\x00", 13<<20, gifFrame+";"), []models.RejectionCode{fine, corrupt}},
		{"gif, a comment of 40 MB", gifOf(t, "!\xfe"+strings.Repeat("\x01x", 20<<20)+"\x00", 1, gifFrame+";"), []models.RejectionCode{fine, corrupt}},
		{"gif, loops of loop counts", gifOf(t, "!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00", 2<<20, gifFrame+";"), []models.RejectionCode{fine, corrupt}},
		{"gif, 1000 frames of 65000 × 1", gifOf(t, strings.Replace(gifFrame, "\x01\x00\x01\x00", "\xe8\xfd\x01\x00", 1), 1000, ";"), []models.RejectionCode{fine, corrupt, tooMany}},
		{"tiff, directory that follows itself", whole(t, loop), []models.RejectionCode{fine, corrupt}},
		{"tiff, sub-directory that is itself", whole(t, tiffOf(make([]byte, 64), 0, pageOf(8, 8, 8, 1, 1, 64, ifdEntry{330, 4, 1, 72}, ifdEntry{34665, 4, 1, 72})...)), []models.RejectionCode{fine, corrupt}},
		{"tiff, 4 billion strips", whole(t, tiffOf(make([]byte, 64), 0, ifdEntry{256, 4, 1, 8}, ifdEntry{257, 4, 1, 8}, ifdEntry{273, 4, -1, 8}, ifdEntry{279, 4, -1, 8})), []models.RejectionCode{corrupt, unsupported}},
		{"tiff, strips of one row, 65000 rows", manyStrips(t, 65_000), []models.RejectionCode{fine, corrupt}},
		{"tiff, 20,000 pages", manyPages(t, 20_000), []models.RejectionCode{fine, corrupt, tooMany}},
		{"tiff, 60,000 channels", whole(t, tiffOf(make([]byte, 64), 0, pageOf(8, 8, 8, 60_000, 1, 64)...)), []models.RejectionCode{corrupt, unsupported}},
		{"tiff, 9990 × 9990 of 64 bits in 64 bytes", whole(t, tiffOf(make([]byte, 64), 0, pageOf(9990, 9990, 64, 1, 1, 64, ifdEntry{339, 3, 1, 3})...)), []models.RejectionCode{corrupt, unsupported}},
		{"tiff, 200 MB packed into one strip", packedStrip(t), []models.RejectionCode{fine, corrupt, unsupported}},
		{"heif, places without sizes", whole(t, heifOf([]string{"hvc1"}, coded, box("iloc", []byte{1, 0, 0, 0}, be16(0, 60_000), bytes.Repeat(be16(1, 0, 0, 0xffff), 60_000)))), []models.RejectionCode{corrupt, unsupported}},
		{"heif, one place 65535 times", whole(t, heifOf([]string{"hvc1"}, coded, box("iloc", []byte{0, 0, 0, 0}, be16(0x4400, 1, 1, 0, 0xffff), bytes.Repeat(be32(0, 400_000), 65_535)))), []models.RejectionCode{corrupt, unsupported}},
		{"heif, masks times properties", maskBomb(t), []models.RejectionCode{corrupt, unsupported}},
		{"heif, a grid of itself", whole(t, heifOf([]string{"grid"}, coded[:1], box("iref", be32(0), refs("dimg", 1, all(1)...)), gridAt(1, 1, 1, 512, 512))), []models.RejectionCode{corrupt, unsupported}},
		{"heif, a tower of grids", whole(t, heifOf(tower, coded, box("iref", be32(0), refs("dimg", 1, all(2)...), refs("dimg", 2, all(3)...), refs("dimg", 3, all(4)...), refs("dimg", 4, all(5)...)), gridAt(4, 16, 16, 8192, 8192))), []models.RejectionCode{corrupt, unsupported}},
		{"heif, a picture derived from itself", whole(t, heifOf([]string{"iden", "iden"}, coded[:1], box("iref", be32(0), refs("dimg", 1, 2), refs("dimg", 2, 1)))), []models.RejectionCode{corrupt, unsupported}},
		{"heif, 4 MB of empty boxes", whole(t, heifOf([]string{"hvc1"}, coded, bytes.Repeat(box("free"), 500_000))), []models.RejectionCode{corrupt, unsupported}},
		{"webp, longer than its file", whole(t, func() []byte { b := bytes.Clone(files["webp"]); binary.LittleEndian.PutUint32(b[4:], 1<<31); return b }()), []models.RejectionCode{corrupt}},
		{"webp, shorter than its file", whole(t, func() []byte {
			b := bytes.Clone(files["webp"])
			binary.LittleEndian.PutUint32(b[4:], 20)
			return b
		}()), []models.RejectionCode{corrupt}},
		{"webp, canvas of 16 million", whole(t, webpOf(vp8x(0, 1<<24, 1<<24), files["webp"][12:])), []models.RejectionCode{tooMany}},
		{"webp, picture larger than its canvas", whole(t, webpOf(vp8x(0, 2, 2), files["webp"][12:])), []models.RejectionCode{corrupt}},
		{"webp, canvas larger than its picture", whole(t, webpOf(vp8x(0, 9990, 9990), files["webp"][12:])), []models.RejectionCode{corrupt}},
		{"webp, 100,000 frames", whole(t, webpOf(vp8x(2, 8, 8), riffChunk("ANIM", make([]byte, 6)), bytes.Repeat(riffChunk("ANMF", make([]byte, 16)), 100_000))), []models.RejectionCode{tooMany}},
	}
}

// smallClaim is a picture of 800 × 600 that says it is one of 16 × 16.
func smallClaim(t testing.TB, kind bimg.ImageType) []byte {
	t.Helper()
	b, err := bimg.NewImage(blackPNG(t, 800, 600, 8, 2, 0, 2400)).Process(bimg.Options{Type: kind, Speed: 8})
	require.NoError(t, err)
	at := bytes.Index(b, []byte("ispe")) + 8
	return slices.Concat(b[:at], be32(16, 16), b[at+8:])
}

// broken are files of every format that were cut off, or hold noise, or both.
func broken(t testing.TB, files map[string][]byte) (out []attack) {
	t.Helper()
	any3 := []models.RejectionCode{fine, corrupt, unsupported, tooMany}
	r := rand.New(rand.NewPCG(11, 12))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range files {
			if !yield(n) {
				return
			}
		}
	}) {
		b := files[name]
		for cut := range 16 {
			out = append(out, attack{fmt.Sprintf("%s, %d/16", name, cut), whole(t, b[:len(b)*cut/16]), []models.RejectionCode{corrupt, unsupported}})
		}
		for _, n := range []int{16, 40, 64, min(300, len(b)/2)} {
			out = append(out, attack{fmt.Sprintf("%s, noise from byte %d", name, n), whole(t, slices.Concat(b[:n], noise)), any3})
		}
		for i := range 50 {
			flipped := bytes.Clone(b)
			for range 1 + r.IntN(6) {
				flipped[r.IntN(min(len(b), 40<<(i%5)))] = byte(r.Uint32()) // near the front for the most part
			}
			out = append(out, attack{fmt.Sprintf("%s, flip %d", name, i), whole(t, flipped), any3})
		}
	}
	return out
}

// Every one of these files must end with a word on it, by the child that was
// given it: none may crash, hang or fill it, or reach the process that asked.
func TestHostileFiles(t *testing.T) {
	files := harmless(t)
	for name, b := range files {
		_, err := imageinfo.ReadHeader(bytes.NewReader(b), int64(len(b)), 10)
		require.NoError(t, err, name)
	}
	attacks := append(bombs(t, files), broken(t, files)...)
	config := imaging.Config{Children: 1, MaxImages: 1 << 20, IdleBytes: 1 << 40, CPUTime: 30 * time.Second, WallTime: 10 * time.Minute}
	p := imagingtest.NewPool(t, config)
	debug.FreeOSMemory()
	before, largest := status(t, os.Getpid(), "VmRSS"), uint64(0)
	type cost struct {
		name string
		cpu  time.Duration
	}
	var costs []cost
	pid := pidOf(p)
	for _, a := range attacks {
		req := imagingtest.Request(t, nil)
		req.Source = a.path
		start := cpuTime(t, pid)
		_, err := p.Compress(context.Background(), req)
		var rejection *models.Rejection
		switch {
		case err == nil:
			require.Contains(t, a.want, fine, "%s was taken", a.name)
		case errors.As(err, &rejection):
			require.Contains(t, a.want, rejection.Code, "%s: %s", a.name, rejection.Detail)
			require.NotEmpty(t, rejection.Detail, a.name)
		default:
			require.NoError(t, err, a.name)
		}
		costs = append(costs, cost{a.name, cpuTime(t, pid) - start})
		largest = max(largest, status(t, os.Getpid(), "VmRSS"))
	}
	require.Equal(t, pid, pidOf(p), "one child lived through all of it")
	slices.SortFunc(costs, func(a, b cost) int { return int(b.cpu - a.cpu) })
	for _, c := range costs[:12] {
		t.Logf("%6s CPU  %s", c.cpu, c.name)
	}
	t.Logf("%d files; child: %d MB resident at most, %d MB address space; this process: %d -> %d MB",
		len(attacks), status(t, pid, "VmHWM")>>20, status(t, pid, "VmPeak")>>20, before>>20, largest>>20)
	if !imagingtest.Race {
		require.Less(t, largest, before+200<<20, "memory of the process that asks")
	}
}

// status reads a line of sizes about a process, in bytes.
func status(t testing.TB, pid int, line string) uint64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, os.ErrNotExist) && !onLinux {
		return 0
	}
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(b), line+":")
	require.True(t, ok)
	n, err := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
	require.NoError(t, err)
	return n << 10
}

// cpuTime is what a process has used, to the hundredth of a second.
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) && !onLinux {
		return 0
	}
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(b), ") ")
	var ticks int64
	for _, field := range strings.Fields(rest)[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
