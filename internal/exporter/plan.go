package exporter

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"safelight/internal/diskname"
	"safelight/internal/manifest"
	"safelight/internal/uploader"
	"safelight/models"
)

const (
	variantFull     = models.VariantFull
	variantOriginal = models.VariantOriginal
)

// Folders of an export, beside the current versions of files that are not in
// the trash. They are wire format no more than names are: the manifest says
// what is where.
const (
	folderTrash     = "trash"
	folderVersions  = "versions"
	folderOriginals = "originals"
)

// plan is a file of the server and what is fetched of it.
type plan struct {
	file     uploader.File
	versions []uploader.Version // the oldest first
	tasks    []*task
}

// task is bytes to fetch.
type task struct {
	fileID  string
	version int
	variant string
	sha256  string // known beforehand, of originals alone
	size    int64
	made    time.Time
	mime    string
	folder  string
	wish    string // the name that it would have alone
	path    string // the one that it has, in the export
	saved   manifest.Saved
	kept    bool // there from a run before
	gone    bool // the server has it no more, or never kept it
	err     error
}

// key is what a task is called from one run to the next.
func (t *task) key() string { return fmt.Sprintf("%s-%d-%s", t.fileID, t.version, t.variant) }

// list finds out what there is to export.
func (ex *exporting) list(ctx context.Context) ([]*plan, error) {
	var plans []*plan
	seen := map[string]bool{} // one that is put into the trash meanwhile may come twice
	add := func(f uploader.File) error {
		if seen[f.ID] {
			return nil
		}
		seen[f.ID] = true
		p := &plan{file: f, versions: []uploader.Version{{
			Number: f.CurrentVersion, Size: f.Size, OriginalSize: f.OriginalSize, SHA256: f.SHA256, MIMEType: f.MIMEType, CreatedAt: f.CreatedAt,
		}}}
		plans = append(plans, p)
		if f.VersionCount == 1 {
			return nil
		}
		all, err := ex.client.Versions(ctx, f.ID)
		if err != nil {
			return err
		}
		slices.Reverse(all)
		if !ex.opts.AllVersions {
			all = slices.DeleteFunc(all, func(v uploader.Version) bool { return v.Number != f.CurrentVersion })
		}
		if len(all) > 0 {
			p.versions = all
		}
		return nil
	}
	if err := ex.client.Files(ctx, false, add); err != nil {
		return nil, err
	}
	if ex.opts.Trashed {
		if err := ex.client.Files(ctx, true, add); err != nil {
			return nil, err
		}
	}
	for _, p := range plans {
		p.plan(ex.opts.Originals)
	}
	return plans, nil
}

// plan makes the tasks of a file.
func (p *plan) plan(originals bool) {
	for _, v := range p.versions {
		folder, name := "", diskname.WithType(p.file.Name, v.MIMEType)
		switch {
		case v.Number != p.file.CurrentVersion:
			folder, name = folderVersions, numbered(name, v.Number)
		case p.file.TrashedAt != nil:
			folder = folderTrash
		}
		t := task{
			fileID: p.file.ID, version: v.Number, variant: variantFull, size: v.Size, made: v.CreatedAt,
			mime: v.MIMEType, folder: folder, wish: diskname.Safe(name),
		}
		p.tasks = append(p.tasks, &t)
		if !originals {
			continue
		}
		original := t
		original.variant, original.sha256, original.size = variantOriginal, v.SHA256, v.OriginalSize
		original.folder, original.mime = folderOriginals, ""
		name = p.file.Name
		if v.Number != p.file.CurrentVersion {
			name = numbered(name, v.Number)
		}
		original.wish = diskname.Safe(name)
		p.tasks = append(p.tasks, &original)
	}
}

func numbered(name string, version int) string {
	ext := path.Ext(name)
	return fmt.Sprintf("%s (version %d)%s", strings.TrimSuffix(name, ext), version, ext)
}

// line is the file in the manifest; false: it is gone.
func (p *plan) line() (manifest.File, bool) {
	f := manifest.File{
		ID: p.file.ID, Name: p.file.Name, CreatedAt: p.file.CreatedAt, UpdatedAt: p.file.UpdatedAt,
		TrashedAt: p.file.TrashedAt, CurrentVersion: p.file.CurrentVersion,
	}
	for _, v := range p.versions {
		out := manifest.Version{Number: v.Number, CreatedAt: v.CreatedAt, RestoredFrom: v.RestoredFrom, UploadSHA256: v.SHA256}
		for _, t := range p.tasks {
			switch {
			case t.version != v.Number || t.gone:
			case t.variant == variantFull:
				out.Stored = t.saved
			default:
				out.Original = &t.saved
			}
		}
		if out.Stored.Path != "" {
			f.Versions = append(f.Versions, out)
		}
	}
	return f, len(f.Versions) > 0
}
