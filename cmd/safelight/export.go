package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"safelight/internal/exporter"
	"safelight/internal/uploader"
	"safelight/internal/uploader/console"
)

// exportFlags are the flags of safelight export.
type exportFlags struct {
	serverFlags
	opts exporter.Options
	json bool
}

// exportCommand is safelight export: it brings everything of the signed-in user
// to this machine. It fails unless all of it is here at the end.
func exportCommand() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export DIR|FILE.zip",
		Short: "Bring all of one's pictures from a server to this machine",
		Long: `Brings everything that the signed-in user has on a server into a folder, or into
a zip: the current version of every file, with --all-versions the others too, with
--originals the bytes as they were uploaded where the server keeps them, with
--trashed what is in the trash.

Files have their names, made so that every system takes them, and numbered where
two have the same one. safelight-manifest.jsonl beside them says of each what it
is: id, name, versions, dates and SHA-256, a file of the server on each line.
"safelight import" gives all of it back to a server.

What is under its name is whole and has the hash that the server says. An export
that is killed goes on where it was when the same command is run again, into a
folder that holds one already it brings what is new. A zip is packed at the end out
of FILE.zip.partial, so that there must be room for both.

How to sign in: see "safelight upload --help".`,
		Example: `  safelight export photos
  safelight export --all-versions --trashed --server https://photos.example photos.zip`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			f.opts.To = args[0]
			return runExport(cmd.Context(), f, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.register(flags)
	flags.IntVar(&f.opts.Jobs, "jobs", 4, "how many files at the same time")
	flags.BoolVar(&f.opts.AllVersions, "all-versions", false, "every version of each file, not the current one alone")
	flags.BoolVar(&f.opts.Originals, "originals", false, "the bytes as uploaded too, where the server keeps them")
	flags.BoolVar(&f.opts.Trashed, "trashed", false, "what is in the trash, too")
	flags.BoolVar(&f.json, "json", false, "print the summary as JSON")
	return cmd
}

func runExport(ctx context.Context, f exportFlags, out, errOut io.Writer) error {
	if f.opts.Jobs < 1 || f.opts.Jobs > 64 {
		return fmt.Errorf("--jobs %d: choose a number from 1 to 64", f.opts.Jobs)
	}
	client, done, err := f.connect(ctx, uploader.Options{}, errOut)
	if err != nil {
		return err
	}
	defer done()
	progress := out
	if f.json {
		progress = errOut
	}
	meter := console.NewMeter(progress, fitsBars(progress))
	report, err := exporter.Run(ctx, client, f.opts, meter)
	meter.Close()
	if err != nil {
		return fmt.Errorf("export to %s: %w", f.opts.To, err)
	}
	if f.json {
		if err := json.NewEncoder(out).Encode(report); err != nil {
			return fmt.Errorf("export: write JSON: %w", err)
		}
	} else {
		printExport(out, f.opts.To, report)
	}
	if n := len(report.Failures); n > 0 {
		return fmt.Errorf("%d could not be fetched: the same command again goes on", n)
	}
	return nil
}

func printExport(out io.Writer, to string, r exporter.Report) {
	fmt.Fprintf(out, "\n%s in %s: %s, %s", console.Count(r.Files, "file"), to, console.Count(r.Saved, "picture"), console.Bytes(r.Bytes))
	if r.Kept > 0 {
		fmt.Fprintf(out, "; %d were there already", r.Kept)
	}
	if r.Gone > 0 {
		fmt.Fprintf(out, "; %d were deleted meanwhile", r.Gone)
	}
	fmt.Fprintln(out)
	for _, f := range r.Failures {
		fmt.Fprintf(out, "  %s: %s\n", console.Clean(f.Path), console.Clean(f.Reason))
	}
}
