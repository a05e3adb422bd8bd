// Package exporter brings everything that a user has on a server into a folder
// or a zip: pictures under their names, and a manifest of what they are. It goes
// on where it was when it is killed and run again, and each file it leaves under
// its name is whole and has the hash that the server says.
package exporter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"safelight/internal/manifest"
	"safelight/internal/uploader"
)

// Options configure an export. To and Jobs are required.
type Options struct {
	To   string // a folder, or a file that ends in .zip
	Jobs int    // files at the same time
	// AllVersions takes every version of each file, not the current one alone.
	AllVersions bool
	// Originals takes the bytes as uploaded, too, where the server keeps them.
	Originals bool
	// Trashed takes what is in the trash, too.
	Trashed bool
}

// Display shows how far an export is; console.Meter is one.
type Display interface {
	Phase(name string, files int, bytes int64)
	Add(files int, bytes int64)
	Say(format string, args ...any)
}

// Client is the server's side of an export; *uploader.Client is one.
type Client interface {
	Me(ctx context.Context) (uploader.Account, error)
	Files(ctx context.Context, trashed bool, each func(uploader.File) error) error
	Versions(ctx context.Context, fileID string) ([]uploader.Version, error)
	Fetch(ctx context.Context, want uploader.Wanted, into *os.File, have func(int64), retrying func(error)) (uploader.Fetched, error)
}

// Failure is a file that could not be fetched.
type Failure struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Report is what came of an export. Bytes are of Saved files, of which Kept were
// there from a run before. Gone are files that were deleted while the export ran.
type Report struct {
	Files    int       `json:"files"`
	Saved    int       `json:"saved"`
	Kept     int       `json:"kept"`
	Gone     int       `json:"gone"`
	Bytes    int64     `json:"bytes"`
	Failures []Failure `json:"failures,omitempty"`
}

// Run exports. With failures, as after an error,
// there is no manifest and no zip yet, and the same export again goes on.
func Run(ctx context.Context, client Client, opts Options, display Display) (report Report, err error) {
	folder, archive := opts.To, ""
	if strings.HasSuffix(strings.ToLower(opts.To), ".zip") {
		folder, archive = opts.To+".partial", opts.To
		if _, err := os.Lstat(archive); err == nil {
			return Report{}, fmt.Errorf("%s is there already: choose another name", archive)
		}
	}
	me, err := client.Me(ctx)
	if err != nil {
		return Report{}, err
	}
	t, err := openTarget(folder, header{Account: me.ID})
	if err != nil {
		return Report{}, err
	}
	ex := &exporting{client: client, opts: opts, display: display, target: t}
	err = ex.run(ctx)
	if err == nil && archive != "" && len(ex.report.Failures) == 0 {
		display.Phase("packing", 0, 0)
		if err = t.pack(ctx, archive, ex.lines); err == nil {
			return ex.report, errors.Join(t.close(), os.RemoveAll(folder))
		}
	}
	return ex.report, errors.Join(err, t.close())
}

// exporting is one export.
type exporting struct {
	client  Client
	opts    Options
	display Display
	target  *target
	report  Report
	lines   []manifest.File
}

func (ex *exporting) run(ctx context.Context) error {
	plans, err := ex.list(ctx)
	if err != nil {
		return err
	}
	var tasks []*task
	var bytes int64
	for _, p := range plans {
		for _, t := range p.tasks {
			tasks = append(tasks, t)
			bytes += t.size
		}
	}
	if err := ex.target.name(tasks); err != nil {
		return err
	}
	ex.display.Phase("fetching", len(tasks), bytes)
	ex.fetchAll(ctx, tasks)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, t := range tasks {
		ex.count(t)
	}
	if len(ex.report.Failures) > 0 {
		return nil
	}
	for _, p := range plans {
		if line, ok := p.line(); ok {
			ex.lines = append(ex.lines, line)
		}
	}
	ex.report.Files = len(ex.lines)
	return ex.target.writeManifest(ex.lines)
}

func (ex *exporting) count(t *task) {
	switch {
	case t.gone && t.variant != variantOriginal:
		ex.report.Gone++
	case t.gone: // not kept
	case t.err != nil:
		ex.report.Failures = append(ex.report.Failures, Failure{Path: t.path, Reason: t.err.Error()})
	default:
		ex.report.Saved++
		ex.report.Bytes += t.saved.Bytes
		if t.kept {
			ex.report.Kept++
		}
	}
}
