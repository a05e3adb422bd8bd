package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"safelight/internal/testkit"
	"safelight/internal/uploader"
	"safelight/storage/storagetest/supabase"
)

const (
	transfersAtOnce = 8
	// flatBelow is by how many MiB a process may grow over any number of transfers.
	flatBelow = 100
	// memoryLook is how often the processes are looked at.
	memoryLook = 50 * time.Millisecond
)

// transferReport is the memory of the processes that bytes pass through, over
// transfers of large files. Each is sent, by form and in parts in turn; scanned,
// hashed and stored by the worker; and read back through the API, to the byte.
type transferReport struct {
	Store     string       `json:"store"`
	Transfers int          `json:"transfers"`
	AtOnce    int          `json:"atOnce"`
	MiBEach   int          `json:"mibEach"`
	Seconds   float64      `json:"seconds"`
	API       memoryReport `json:"api"`
	Worker    memoryReport `json:"worker"`
}

// memoryReport is what a process has resident: when it had just started, and
// the most of it after that.
type memoryReport struct {
	BeforeMiB float64 `json:"beforeMiB"`
	PeakMiB   float64 `json:"peakMiB"`
	AfterMiB  float64 `json:"afterMiB"`
	GrowthMiB float64 `json:"growthMiB"`
}

// flat fails where a process has grown with what went through it.
func (r transferReport) flat() error {
	for name, m := range map[string]memoryReport{"api": r.API, "worker": r.Worker} {
		if m.GrowthMiB >= flatBelow {
			return fmt.Errorf("%s on %s grew by %.0f MiB, from %.0f to %.0f", name, r.Store, m.GrowthMiB, m.BeforeMiB, m.PeakMiB)
		}
	}
	return nil
}

// transferStores are where the objects of measured transfers lie: a folder, and
// the double of Supabase Storage.
var transferStores = []string{"folder", "supabase"}

// transferEnviron has all bytes pass through both processes, keeps accounts
// signed in for the whole time, and gives the disk back what was deleted.
var transferEnviron = []string{
	"KEEP_ORIGINALS=true", "STORAGE_REDIRECTS=false", "ACCESS_TOKEN_TTL=4h", "DEFAULT_QUOTA_BYTES=1099511627776",
	"BLOB_GRACE=1s", "SWEEP_EVERY=10s",
}

// measureTransfers starts a stack on a store and moves n files through it.
func measureTransfers(ctx context.Context, bin, store string, n int) (out transferReport, err error) {
	home, err := os.MkdirTemp("", "safelight-transfers-")
	if err != nil {
		return out, fmt.Errorf("make a folder: %w", err)
	}
	if err := os.Chmod(home, 0o755); err != nil { //nolint:gosec // PostgreSQL runs as another user and must reach its own folder below
		return out, fmt.Errorf("open the folder to PostgreSQL's user: %w", err)
	}
	environ := transferEnviron
	if store == "supabase" {
		objects := filepath.Join(home, "objects")
		if err := os.Mkdir(objects, 0o700); err != nil {
			return out, fmt.Errorf("make a folder: %w", err)
		}
		double, err := supabase.Start(objects)
		if err != nil {
			return out, fmt.Errorf("start the store: %w", err)
		}
		defer func() { err = errors.Join(err, double.Close()) }()
		environ = append(environ[:len(environ):len(environ)], "STORAGE_URL=supabase+"+double.URL, "SUPABASE_SERVICE_KEY="+double.Key)
	}
	s, err := startStack(ctx, filepath.Join(bin, "safelight"), home, environ...)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	out = transferReport{Store: store, Transfers: n, AtOnce: transfersAtOnce, MiBEach: largeBytes >> 20}
	api, worker := watchMemory(s.dev.PIDs["api"]), watchMemory(s.dev.PIDs["worker"])
	begin := time.Now()
	err = s.transfer(ctx, n)
	out.Seconds = time.Since(begin).Seconds()
	out.API, out.Worker = api.stop(), worker.stop()
	return out, err
}

// transfer moves n files, several at once, as somebody new.
func (s *stack) transfer(ctx context.Context, n int) error {
	l := &lister{base: s.dev.APIURL + "/api/v1", client: &http.Client{Timeout: 10 * time.Minute}}
	email := "transfers-" + uuid.NewString() + "@example.org"
	if _, err := l.register(ctx, email); err != nil {
		return err
	}
	var ways [2]*uploader.Client // in one request, and in parts
	for i, from := range []int64{0, 1} {
		var err error
		if ways[i], err = uploader.New(uploader.Options{Server: s.dev.APIURL, Credentials: uploader.Credentials{Token: l.token}, ResumeFrom: from}); err != nil {
			return fmt.Errorf("make a client: %w", err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transfersAtOnce)
	for i := range n {
		group.Go(func() error { return s.transferOne(ctx, l, ways[i%2], uint64(i)) })
	}
	return group.Wait() //nolint:wrapcheck // ours
}

// transferOne sends a file, waits for its end, reads back what was kept of it,
// and deletes it for good.
func (s *stack) transferOne(ctx context.Context, l *lister, way *uploader.Client, n uint64) error {
	path := filepath.Join(s.home, fmt.Sprintf("transfer-%d.jpg", n))
	want, err := largeFile(path, n)
	if err != nil {
		return err
	}
	up, err := way.Send(ctx, uploader.Source{Path: path}, &watch{})
	if err == nil {
		up, err = way.Follow(ctx, up, &watch{})
	}
	if err == nil {
		err = done(up)
	}
	if err = errors.Join(err, os.Remove(path)); err != nil {
		return fmt.Errorf("transfer %d: %w", n, err)
	}
	file := "/files/" + *up.FileID
	got, err := l.digest(ctx, file+"/content?variant=original")
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("transfer %d: other bytes came back", n)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, l.base+file+"?permanent=true", nil)
	if err != nil {
		return fmt.Errorf("delete file: %w", err)
	}
	_, err = l.do(req, nil)
	return err
}

// largeFile writes a picture with much behind its end, which is kept and scanned
// with it but not decoded, and gives its hash. The disk keeps no zeros.
func largeFile(path string, n uint64) (sum string, err error) {
	f, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("make a picture: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = f.Write(testkit.JPEG(64, 48, n))
	if err == nil {
		_, err = f.WriteAt(binary.BigEndian.AppendUint64(nil, n), largeBytes-8)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", fmt.Errorf("write a picture: %w", err)
	}
	return digestOf(f)
}

func digestOf(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", fmt.Errorf("hash: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// digest reads an answer to its end and keeps its hash alone.
func (l *lister) digest(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+path, nil)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	res, err := l.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", path, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %d", path, res.StatusCode)
	}
	return digestOf(res.Body)
}

// memoryWatch looks at a process's memory until it is stopped.
type memoryWatch struct {
	pid    int
	out    memoryReport
	ending chan struct{}
	ended  sync.WaitGroup
}

func watchMemory(pid int) *memoryWatch {
	w := &memoryWatch{pid: pid, out: memoryReport{BeforeMiB: resident(pid, "VmRSS")}, ending: make(chan struct{})}
	w.ended.Go(func() {
		tick := time.NewTicker(memoryLook)
		defer tick.Stop()
		for {
			w.out.PeakMiB = max(w.out.PeakMiB, resident(pid, "VmRSS"))
			select {
			case <-w.ending:
				return
			case <-tick.C:
			}
		}
	})
	return w
}

// stop gives what was seen. A process that was started again shows nothing.
func (w *memoryWatch) stop() memoryReport {
	close(w.ending)
	w.ended.Wait()
	w.out.AfterMiB = resident(w.pid, "VmRSS")
	w.out.GrowthMiB = w.out.PeakMiB - w.out.BeforeMiB
	return w.out
}
