package exporter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"

	"safelight/internal/imageinfo"
	"safelight/internal/manifest"
	"safelight/internal/uploader"
	"safelight/internal/uploader/console"
)

// fetchAll works on tasks, several at a time, until ctx ends.
func (ex *exporting) fetchAll(ctx context.Context, tasks []*task) {
	turns := make(chan *task)
	var wg sync.WaitGroup
	for range max(1, min(ex.opts.Jobs, len(tasks))) {
		wg.Go(func() {
			for t := range turns {
				ex.one(ctx, t)
			}
		})
	}
	for _, t := range tasks {
		if ctx.Err() != nil {
			break
		}
		turns <- t
	}
	close(turns)
	wg.Wait()
}

// one fetches a task unless an earlier run has.
func (ex *exporting) one(ctx context.Context, t *task) {
	if saved, ok := ex.target.have(t.key()); ok {
		t.saved, t.kept = saved, true
		ex.display.Add(1, t.size)
		return
	}
	shown := int64(0)
	have := func(n int64) {
		ex.display.Add(0, n-shown)
		shown = n
	}
	err := ex.fetch(ctx, t, have)
	var p *uploader.Problem
	switch {
	case errors.As(err, &p) && p.Status == http.StatusNotFound:
		t.gone = true
	case err != nil:
		t.err = err
		if ctx.Err() == nil {
			ex.display.Say("%s: %s", console.Clean(t.path), console.Clean(err.Error()))
		}
	}
	ex.display.Add(1, t.size-shown)
}

// fetch brings the bytes beside their place and, when they are whole, to it.
func (ex *exporting) fetch(ctx context.Context, t *task, have func(int64)) (err error) {
	part := ex.target.part(t.key())
	f, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // as private as people's folders are
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	want := uploader.Wanted{FileID: t.fileID, Version: t.version, Variant: t.variant, SHA256: t.sha256}
	got, err := ex.client.Fetch(ctx, want, f, have, func(err error) {
		ex.display.Say("%s: trying again: %s", console.Clean(t.path), console.Clean(err.Error()))
	})
	if err == nil && got.Size != t.size {
		err = errors.Join(fmt.Errorf("%d bytes came, the server's list says %d", got.Size, t.size), f.Truncate(0))
	}
	if err == nil && t.mime == "" {
		t.mime = sniff(f)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		var p *uploader.Problem
		if errors.As(err, &p) && p.Status == http.StatusNotFound {
			err = errors.Join(err, os.Remove(part))
		}
		return err
	}
	if err := os.Chtimes(part, t.made, t.made); err != nil {
		return fmt.Errorf("set the time: %w", err)
	}
	if err := os.Rename(part, ex.target.at(t.path)); err != nil {
		return fmt.Errorf("put it in its place: %w", err)
	}
	t.saved = manifest.Saved{Path: t.path, Bytes: got.Size, SHA256: got.SHA256, MIMEType: t.mime}
	ex.target.journal.Add(noted{Key: t.key(), Path: t.path, Saved: &t.saved})
	return nil
}

// sniff tells the type of bytes that the server does not name one for.
func sniff(f *os.File) string {
	head := make([]byte, imageinfo.SniffLen)
	n, _ := f.ReadAt(head, 0) // a file shorter than that ends early
	mime, _ := imageinfo.SniffMIME(head[:n])
	return mime
}
