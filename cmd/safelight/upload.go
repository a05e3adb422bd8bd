package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"safelight/internal/uploader"
	"safelight/internal/uploader/console"
)

// uploadFlags are the flags of safelight upload.
type uploadFlags struct {
	serverFlags
	fileID string
	jobs   int
	json   bool
	// resumable sends small files so that they can be resumed, too.
	resumable bool
}

// resumeFrom is from which size on files are sent so that they can be resumed:
// a smaller one is sent again in less time than it takes to think about it.
const resumeFrom = 8 << 20

// uploadCommand is safelight upload: it sends files to a server and shows each
// on its way through the steps. It fails unless every file is safe on the
// server at the end.
func uploadCommand() *cobra.Command {
	var f uploadFlags
	cmd := &cobra.Command{
		Use:   "upload FILE…",
		Short: "Upload pictures and watch them on their way",
		Long: `Uploads pictures and watches each on its way: the bytes, then scan, dedup,
compress, move, version and notify.

It signs in with --token or SAFELIGHT_TOKEN (better: others can read the
arguments of a program), and without one as the admin of the development stack
that "safelight dev" keeps in --home. The exit status is 0 only if every file
ended as a file on the server, or was there already.

Files of 8 MiB and more, and with --resumable all of them, are gone on with where
they were broken off: by a lost connection, or by the end of the command, when
it is run again.`,
		Example: `  safelight upload *.jpg
  safelight upload --as 0199a1b2-… new-version.jpg
  safelight upload --json --server https://photos.example *.heic`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return runUpload(cmd.Context(), f, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.register(flags)
	flags.StringVar(&f.fileID, "as", "", "make the upload the next version of the file with this id")
	flags.IntVar(&f.jobs, "jobs", 4, "how many files at the same time")
	flags.BoolVar(&f.resumable, "resumable", false, "send small files so that they can be resumed, too")
	flags.BoolVar(&f.json, "json", false, "print one JSON object per file, and a summary")
	return cmd
}

func runUpload(ctx context.Context, f uploadFlags, files []string, out, errOut io.Writer) error {
	if f.jobs < 1 || f.jobs > 64 {
		return fmt.Errorf("--jobs %d: choose a number from 1 to 64", f.jobs)
	}
	if f.fileID != "" && len(files) > 1 {
		return errors.New("--as makes one file the next version: name one file only")
	}
	from, notes := f.resuming()
	client, done, err := f.connect(ctx, uploader.Options{ResumeFrom: from, NotesDir: notes}, errOut)
	if err != nil {
		return err
	}
	defer done()
	sources := make([]uploader.Source, len(files))
	for i, path := range files {
		sources[i] = uploader.Source{Path: path, FileID: f.fileID}
	}
	return show(ctx, client, f, sources, out)
}

// resuming says which files are resumed, and where what was begun is noted.
func (f uploadFlags) resuming() (from int64, notes string) {
	if f.resumable {
		return 1, notesFolder("uploads")
	}
	return resumeFrom, notesFolder("uploads")
}

// show uploads and displays.
func show(ctx context.Context, client *uploader.Client, f uploadFlags, sources []uploader.Source, out io.Writer) error {
	var results []uploader.Result
	if f.json {
		display := console.JSON(out)
		results = client.All(ctx, sources, f.jobs, display.Begin, display.Done)
		if err := display.Summary(results); err != nil {
			return fmt.Errorf("upload: %w", err)
		}
	} else {
		display := console.Plain(out)
		if fitsBars(out) {
			display = console.Bars(out)
		}
		results = client.All(ctx, sources, f.jobs, display.Begin, display.Done)
		display.Close()
		console.PrintSummary(out, results)
	}
	bad := 0
	for i := range results {
		if !results[i].Good() {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d did not end as a file on the server", bad, len(results))
	}
	return nil
}

// fitsBars reports whether out is a terminal, and not one without a size, as
// some programs that record output have.
func fitsBars(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return err == nil && width >= 40
}
