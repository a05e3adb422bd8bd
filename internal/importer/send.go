package importer

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"safelight/internal/uploader"
	"safelight/internal/uploader/console"
	"safelight/models"
)

// send uploads every chain, several at a time, and follows each item to its end.
func (im *importing) send(ctx context.Context, chains []chain) {
	var all []*item
	byFirst := make(map[*item]chain, len(chains))
	var firsts []*item
	for _, c := range chains {
		all = append(all, c...)
		byFirst[c[0]] = c
		firsts = append(firsts, c[0])
	}
	todo, bytes := open(all)
	if im.opts.DryRun {
		for _, it := range todo {
			if ctx.Err() == nil && it.sha256 != "" {
				it.end(WouldSend, "")
			}
		}
	} else if len(todo) > 0 {
		im.display.Phase("sending", len(todo), bytes)
		im.each(ctx, firsts, func(it *item) { im.sendChain(ctx, byFirst[it]) })
	}
	for _, it := range all {
		if !it.settled() {
			it.end(Unsent, "stopped before it was its turn")
		}
	}
}

// sendChain sends the versions of one file, each when the one before has become one.
func (im *importing) sendChain(ctx context.Context, c chain) {
	fileID := ""
	for i, it := range c {
		switch {
		case it.settled():
		case ctx.Err() != nil:
			return
		case i > 0 && fileID == "":
			it.end(Failed, "the version before it did not become a file")
			im.display.Add(1, it.size)
		default:
			im.sendItem(ctx, it, fileID, im.opts.NoWait && i == len(c)-1)
		}
		if it.result.FileID != "" {
			fileID = it.result.FileID
		}
	}
}

// sendItem sends one file, or goes on with what an earlier run has sent.
func (im *importing) sendItem(ctx context.Context, it *item, fileID string, noWait bool) {
	o := &observer{im: im, it: it}
	res := uploader.Result{Source: uploader.Source{Path: it.path, Name: it.name, FileID: fileID, Open: it.open, SHA256: it.sha256}}
	before, key := im.memory.last(it.path, it.sha256)
	res.Source.Key = key
	if before != "" {
		res.Upload, res.Err = im.earlier(ctx, before)
	}
	if res.Err == nil && res.Upload.ID == "" {
		if res.Upload, res.Err = im.client.Send(ctx, res.Source, o); res.Err == nil {
			im.memory.accepted(it.path, it.sha256, res.Upload.ID)
		}
	}
	if res.Err == nil && !noWait {
		res.Upload, res.Err = im.client.Follow(ctx, res.Upload, o)
	}
	it.take(res)
	o.finish()
}

// earlier looks at an upload of a run before. One that came to nothing, without
// a verdict on the picture, is none: it is sent anew.
func (im *importing) earlier(ctx context.Context, id string) (uploader.Upload, error) {
	up, err := im.client.Get(ctx, id)
	var p *uploader.Problem
	switch {
	case errors.As(err, &p) && p.Status == http.StatusNotFound:
		return uploader.Upload{}, nil
	case err != nil:
		return uploader.Upload{}, err
	case up.State == models.UploadFailed || up.State == models.UploadCanceled || up.State == models.UploadReceiving:
		return uploader.Upload{}, nil
	}
	return up, nil
}

// take turns what became of an upload into the item's result.
func (it *item) take(res uploader.Result) {
	r := &it.result
	r.Word, r.Upload, r.Err = Word(res.Word()), nil, res.Err
	if res.Upload.ID != "" {
		r.Upload = &res.Upload
		for _, id := range []*string{res.Upload.FileID, res.Upload.DuplicateOf} {
			if id != nil {
				r.FileID = *id
			}
		}
	}
	if r.Word == Processing && res.Err == nil {
		r.Word = Accepted // nobody waited
	}
	if !res.Good() && r.Word != Accepted {
		r.Reason = console.Describe(res)
	}
}

// observer counts the bytes of one file into the whole.
type observer struct {
	im *importing
	it *item

	mu    sync.Mutex
	shown int64
}

// Sent implements uploader.Observer.
func (o *observer) Sent(n, _ int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.im.display.Add(0, n-o.shown)
	o.shown = n
}

// Retrying implements uploader.Observer.
func (o *observer) Retrying(err error) {
	o.im.display.Say("%s: trying again: %s", console.Clean(o.it.path), console.Clean(err.Error()))
}

// Progress implements uploader.Observer. The steps of thousands of files are
// not shown; what became of each is.
func (*observer) Progress(uploader.Upload) {}

func (o *observer) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.im.display.Add(1, o.it.size-o.shown)
	o.shown = o.it.size
	if r := &o.it.result; !r.Good() {
		o.im.display.Say("%s: %s", console.Clean(r.Path), console.Clean(r.Reason))
	}
}
