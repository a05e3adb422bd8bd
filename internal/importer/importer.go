package importer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"safelight/internal/uploader"
)

// NameRule says what an imported file is called. The server keeps no folders:
// of a path it takes the last component as the name.
type NameRule string

// The rules. A folder is put before a name as "folder - name".
const (
	NamesAuto NameRule = "auto" // the file's name; with its folders where several have it
	NamesBase NameRule = "base" // the file's name
	NamesPath NameRule = "path" // always with its folders
)

// Options configure an import. From, Names and Jobs are required.
type Options struct {
	From  string // a folder, a zip, or an export of one of these kinds
	Names NameRule
	Jobs  int // files at the same time
	// JournalDir is the folder that remembers how far imports came [none does].
	JournalDir string
	// Restore brings back what is in the trash: of the server, and of an export.
	Restore bool
	// DryRun finds out what would be sent, and sends nothing.
	DryRun bool
	// NoWait ends when all is accepted, without the outcomes.
	NoWait bool
}

// Display shows how far an import is; console.Meter is one.
type Display interface {
	Phase(name string, files int, bytes int64)
	Add(files int, bytes int64)
	Say(format string, args ...any)
}

// Client is the server's side of an import; *uploader.Client is one.
type Client interface {
	Me(ctx context.Context) (uploader.Account, error)
	Rules(ctx context.Context) (uploader.Rules, error)
	Check(ctx context.Context, sums []string) (map[string]uploader.Owned, error)
	Send(ctx context.Context, src uploader.Source, o uploader.Observer) (uploader.Upload, error)
	Get(ctx context.Context, id string) (uploader.Upload, error)
	Follow(ctx context.Context, up uploader.Upload, o uploader.Observer) (uploader.Upload, error)
}

// Run imports. The report has a result for each
// file of the source, also when ctx ends; an error without one says why there is none.
func Run(ctx context.Context, client Client, opts Options, display Display) (report Report, err error) {
	src, err := openSource(opts.From)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	im := &importing{client: client, opts: opts, display: display}
	if im.rules, err = client.Rules(ctx); err != nil {
		return Report{}, err
	}
	if im.memory, err = im.recall(ctx); err != nil {
		return Report{}, err
	}
	report, err = im.run(ctx, src)
	return report, errors.Join(err, im.memory.file.Close(err == nil && report.Complete()))
}

// importing is one import.
type importing struct {
	client  Client
	opts    Options
	display Display
	rules   uploader.Rules
	memory  *memory
}

func (im *importing) recall(ctx context.Context) (*memory, error) {
	if im.opts.JournalDir == "" || im.opts.DryRun {
		return remember("")
	}
	me, err := im.client.Me(ctx)
	if err != nil {
		return nil, err
	}
	from, err := filepath.Abs(im.opts.From)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", im.opts.From, err)
	}
	return remember(filepath.Join(im.opts.JournalDir, journalName(me.ID, from)))
}

func (im *importing) run(ctx context.Context, src source) (Report, error) {
	all, err := src.entries(ctx)
	if err != nil {
		return Report{}, err
	}
	items, chains, err := im.arrange(all)
	if err != nil {
		return Report{}, err
	}
	im.examine(ctx, items)
	if err := im.compare(ctx, items, chains); err != nil {
		return Report{}, err
	}
	im.send(ctx, chains)
	report := Report{Results: make([]Result, len(items))}
	for i, it := range items {
		report.Results[i] = it.result
	}
	return report, nil
}
