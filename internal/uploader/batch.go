package uploader

import (
	"context"
	"errors"
	"sync"

	"safelight/models"
)

// Result is what became of one file. Upload has an ID once the server has
// accepted the file; Err says why its end was not reached or it was not accepted.
type Result struct {
	Source Source
	Upload Upload
	Err    error
}

// Word is one word for a result: the outcome of a done upload (created,
// versioned, duplicate, restored, unchanged), its state (rejected, canceled,
// failed, stalled), or
//
//	processing  accepted, and still under way when we stopped looking
//	refused     the server did not take it; Err is a *Problem
//	unsent      stopped before the server had accepted it
//	error       a file that cannot be read, or a server that cannot be reached
func (r Result) Word() string {
	var p *Problem
	switch {
	case r.Upload.ID != "" && r.Upload.State == models.UploadDone && r.Upload.Outcome != nil:
		return string(*r.Upload.Outcome)
	case r.Upload.ID != "" && settled(r.Upload.State):
		return string(r.Upload.State)
	case r.Upload.ID != "":
		return "processing"
	case errors.Is(r.Err, context.Canceled):
		return "unsent"
	case errors.As(r.Err, &p):
		return "refused"
	}
	return "error"
}

// Good reports whether the file is safe on the server for good.
func (r Result) Good() bool { return r.Upload.ID != "" && r.Upload.State == models.UploadDone }

// All uploads files, jobs of them at a time, and follows each to its end. begin
// gives the observer of a file whose turn it is; done hears its result. Every
// source has one result, in the order of the sources, also when ctx ends.
func (c *Client) All(ctx context.Context, sources []Source, jobs int, begin func(Source) Observer, done func(Result)) []Result {
	results := make([]Result, len(sources))
	turns := make(chan int)
	var wg sync.WaitGroup
	for range max(1, min(jobs, len(sources))) {
		wg.Go(func() {
			for i := range turns {
				results[i] = c.one(ctx, sources[i], begin)
				done(results[i])
			}
		})
	}
	for i := range sources {
		turns <- i
	}
	close(turns)
	wg.Wait()
	return results
}

func (c *Client) one(ctx context.Context, src Source, begin func(Source) Observer) Result {
	r := Result{Source: src}
	if r.Err = ctx.Err(); r.Err != nil { // the queue behind a Ctrl-C
		return r
	}
	o := begin(src)
	if r.Upload, r.Err = c.Send(ctx, src, o); r.Err != nil {
		return r
	}
	r.Upload, r.Err = c.Follow(ctx, r.Upload, o)
	return r
}
