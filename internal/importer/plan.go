package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"safelight/internal/imageinfo"
	"safelight/internal/manifest"
)

// item is a file of the source on its way.
type item struct {
	entry
	name   string
	sha256 string
	also   string // hash of the bytes that it was made of, where an export says so
	result Result
}

// settled: nothing more happens to it.
func (it *item) settled() bool { return it.result.Word != "" }

func (it *item) end(word Word, reason string) {
	it.result.Word, it.result.Reason = word, reason
}

// chain is what becomes the versions of one file, the oldest first. Most have
// one item.
type chain []*item

// arrange makes items of entries: with names, and, by the manifest of an
// export, in chains. items has all of them in the order of the source.
func (im *importing) arrange(all []entry) (items []*item, chains []chain, err error) {
	list := slices.IndexFunc(all, func(e entry) bool { return e.path == manifest.Name })
	var files []manifest.File
	if list >= 0 {
		if files, err = readManifest(&all[list]); err != nil {
			return nil, nil, err
		}
		all = slices.Delete(all, list, list+1)
	}
	byPath := make(map[string]*item, len(all))
	for i := range all {
		it := &item{entry: all[i], result: Result{Path: all[i].path, Size: all[i].size}}
		if it.err != nil {
			it.end(Failed, it.err.Error())
		}
		items, byPath[it.path] = append(items, it), it
	}
	known := map[string]bool{}
	for _, p := range manifest.Paths(files) {
		known[p] = true
	}
	for _, f := range files {
		if c := im.chainOf(f, byPath); len(c) > 0 {
			chains = append(chains, c)
		}
	}
	var rest []*item
	for _, it := range items {
		if !known[it.path] {
			rest = append(rest, it)
			chains = append(chains, chain{it})
		}
	}
	im.nameAll(rest)
	for _, it := range items {
		it.result.Name = it.name
	}
	return items, chains, nil
}

func readManifest(e *entry) ([]manifest.File, error) {
	r, err := e.read()
	if err != nil {
		return nil, fmt.Errorf("open the manifest: %w", err)
	}
	defer r.Close()
	return manifest.Read(r)
}

// chainOf is a file of an export under the name that it had on its server. Of
// bytes that are there twice, as uploaded and as stored, the better ones are sent.
func (im *importing) chainOf(f manifest.File, byPath map[string]*item) chain {
	var c chain
	for _, v := range f.Versions {
		best := v.Best()
		if best.Path != v.Stored.Path {
			if other := byPath[v.Stored.Path]; other != nil {
				other.end(Skipped, "the bytes as uploaded go in its place")
			}
		}
		it := byPath[best.Path]
		if it == nil {
			continue // not in this folder any more
		}
		it.name, it.also = f.Name, v.UploadSHA256
		if f.TrashedAt != nil && !im.opts.Restore {
			it.end(Skipped, "it was in the trash when it was exported (--restore takes it)")
		}
		c = append(c, it)
	}
	return c
}

// between is put between a folder and what is in it.
const between = " - "

// nameAll names files that no manifest knows.
func (im *importing) nameAll(items []*item) {
	same := map[string]int{}
	for _, it := range items {
		same[strings.ToLower(path.Base(it.path))]++
	}
	for _, it := range items {
		it.name = path.Base(it.path)
		twice := same[strings.ToLower(it.name)] > 1
		if im.opts.Names == NamesPath || im.opts.Names == NamesAuto && twice {
			it.name = strings.ReplaceAll(it.path, "/", between)
		}
		it.name = fitName(it.name, im.rules.Limits.NameLength)
	}
}

// fitName cuts a name that is too long at its beginning: folders go first, and
// the ending stays.
func fitName(name string, limit int) string {
	for limit > 0 && utf8.RuneCountInString(name) > limit {
		_, rest, ok := strings.Cut(name, between)
		if !ok {
			runes := []rune(name)
			return string(runes[len(runes)-limit:])
		}
		name = rest
	}
	return name
}

// examine reads all items that are not settled: those that the server would
// not take are, the others have their hash afterwards.
func (im *importing) examine(ctx context.Context, items []*item) {
	todo, bytes := open(items)
	im.display.Phase("reading", len(todo), bytes)
	im.each(ctx, todo, func(it *item) {
		im.look(ctx, it)
		im.display.Add(1, it.size)
	})
}

// open are the items that something may still happen to, and their bytes.
func open(items []*item) (todo []*item, bytes int64) {
	for _, it := range items {
		if !it.settled() {
			todo = append(todo, it)
			bytes += it.size
		}
	}
	return todo, bytes
}

// each works on items, several at a time, until ctx ends.
func (im *importing) each(ctx context.Context, items []*item, do func(*item)) {
	turns := make(chan *item)
	var wg sync.WaitGroup
	for range max(1, min(im.opts.Jobs, len(items))) {
		wg.Go(func() {
			for it := range turns {
				do(it)
			}
		})
	}
	for _, it := range items {
		if ctx.Err() != nil {
			break
		}
		turns <- it
	}
	close(turns)
	wg.Wait()
}

// look judges one file as the server would at first sight, and hashes it.
func (im *importing) look(ctx context.Context, it *item) {
	if it.size == 0 {
		it.end(Unsupported, "it is empty")
		return
	}
	if limit := im.rules.Limits.Bytes; limit > 0 && it.size > limit {
		it.end(TooLarge, fmt.Sprintf("it has %d bytes, the server takes %d", it.size, limit))
		return
	}
	if sum, ok := im.memory.hashOf(&it.entry); ok {
		it.sha256 = sum
		return
	}
	sum, mime, err := hash(ctx, &it.entry)
	switch {
	case ctx.Err() != nil: // nothing is settled
	case err != nil:
		it.end(Failed, err.Error())
	case mime == "" || !slices.Contains(im.rules.AcceptedTypes, mime):
		it.end(Unsupported, "no kind of picture that the server takes")
	default:
		it.sha256 = sum
		im.memory.hashed(&it.entry, sum)
	}
}

// hash reads an entry. Of what is no picture only the beginning is read.
func hash(ctx context.Context, e *entry) (sum, mime string, err error) {
	r, err := e.read()
	if err != nil {
		return "", "", err
	}
	defer r.Close()
	head := make([]byte, imageinfo.SniffLen)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", "", fmt.Errorf("read: %w", err)
	}
	mime, ok := imageinfo.SniffMIME(head[:n])
	if !ok {
		return "", "", nil
	}
	h := sha256.New()
	h.Write(head[:n])
	rest, err := io.CopyBuffer(h, &patient{ctx: ctx, r: r}, make([]byte, 256<<10))
	if err != nil {
		return "", "", fmt.Errorf("read: %w", err)
	}
	if got := int64(n) + rest; got != e.size {
		return "", "", fmt.Errorf("it has %d bytes where there were %d: somebody is writing it", got, e.size)
	}
	return hex.EncodeToString(h.Sum(nil)), mime, nil
}

// compare settles what need not be sent: what the server has, and what is in
// the source twice.
func (im *importing) compare(ctx context.Context, items []*item, chains []chain) error {
	seen := map[string]bool{}
	var sums []string
	for _, it := range items {
		for _, sum := range []string{it.sha256, it.also} {
			if sum != "" && it.sha256 != "" && !seen[sum] {
				seen[sum] = true
				sums = append(sums, sum)
			}
		}
	}
	have, err := im.client.Check(ctx, sums)
	if err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was ended: each item says that it was not sent
		}
		return err
	}
	first := map[string]string{} // by hash, the path of what is sent
	for _, c := range chains {
		for _, it := range c {
			if it.settled() || it.sha256 == "" {
				continue
			}
			owned, ok := have[it.sha256]
			if !ok {
				owned, ok = have[it.also]
			}
			switch before := first[it.sha256]; {
			case ok && owned.Trashed && im.opts.Restore: // sending is what brings it back
			case ok && owned.Trashed:
				it.end(Trashed, "it is in the trash of the server (--restore brings it back)")
			case ok:
				it.end(Present, "")
				it.result.FileID = owned.FileID
			case len(c) == 1 && before != "":
				it.end(Repeated, "the same bytes as "+before)
			}
			if !it.settled() {
				first[it.sha256] = it.path
			}
		}
	}
	return nil
}
