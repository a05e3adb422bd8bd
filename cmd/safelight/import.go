package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"safelight/internal/importer"
	"safelight/internal/uploader"
	"safelight/internal/uploader/console"
)

// importFlags are the flags of safelight import.
type importFlags struct {
	serverFlags
	names   string
	jobs    int
	restore bool
	dryRun  bool
	noWait  bool
	json    bool
}

// nameRules are what --names may be.
var nameRules = []string{string(importer.NamesAuto), string(importer.NamesBase), string(importer.NamesPath)}

// importCommand is safelight import: it brings a folder or a zip to a server.
// It fails unless every picture in it is safe there at the end.
func importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import DIR|ZIP",
		Short: "Bring all pictures of a folder or a zip to a server",
		Long: `Brings all pictures of a folder, with the folders in it, or of a zip to a server.
What the server has already is not sent, nor what is there twice, nor what is no
picture by its content; hidden files and links are passed over. An import that is
killed goes on where it was when the same command is run again.

The server keeps no folders. With --names auto a file has its own name, and where
several have the same one its folders before it, as in "2024 - beach - IMG_1.jpg";
base never puts them there, path always does. What "safelight export" wrote gets
back the names that its manifest has, and its versions become versions again.

It ends with a table of what became of the files, and the reason for each that is
not on the server. The exit status is 0 only if every picture is.

With --json each file is one line: path, name, size, result, reason, fileId and
upload; the last line has the summary. result is a word of "safelight upload", or
present, trashed, repeated, skipped, unsupported, too_large, accepted or would_send.

How to sign in: see "safelight upload --help".`,
		Example: `  safelight import --dry-run ~/Pictures
  safelight import --server https://photos.example takeout.zip`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return runImport(cmd.Context(), f, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	f.register(flags)
	flags.StringVar(&f.names, "names", string(importer.NamesAuto), "what files are called: auto, base or path")
	flags.IntVar(&f.jobs, "jobs", 4, "how many files at the same time")
	flags.BoolVar(&f.restore, "restore", false, "bring back what is in the trash, of the server or of an export")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be sent, and send nothing")
	flags.BoolVar(&f.noWait, "no-wait", false, "end when all is accepted, without waiting for the outcomes")
	flags.BoolVar(&f.json, "json", false, "print one JSON object per file, and a summary")
	mustComplete(cmd, "names", nameRules)
	return cmd
}

// mustComplete has the shell offer the values of a flag.
func mustComplete(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag is made by the caller
	}
}

func runImport(ctx context.Context, f importFlags, from string, out, errOut io.Writer) error {
	if f.jobs < 1 || f.jobs > 64 {
		return fmt.Errorf("--jobs %d: choose a number from 1 to 64", f.jobs)
	}
	if !slices.Contains(nameRules, f.names) {
		return fmt.Errorf("--names %s: choose one of %v", f.names, nameRules)
	}
	client, done, err := f.connect(ctx, uploader.Options{ResumeFrom: resumeFrom, NotesDir: notesFolder("uploads")}, errOut)
	if err != nil {
		return err
	}
	defer done()
	progress := out
	if f.json {
		progress = errOut
	}
	meter := console.NewMeter(progress, fitsBars(progress))
	report, err := importer.Run(ctx, client, importer.Options{
		From: from, Names: importer.NameRule(f.names), Jobs: f.jobs, JournalDir: notesFolder("imports"),
		Restore: f.restore, DryRun: f.dryRun, NoWait: f.noWait,
	}, meter)
	meter.Close()
	if len(report.Results) > 0 || err == nil {
		if f.json {
			if err := report.JSON(out); err != nil {
				return fmt.Errorf("import: %w", err)
			}
		} else {
			report.Print(out)
		}
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", from, err)
	}
	if bad := report.Bad(); bad > 0 {
		return fmt.Errorf("%d of %d files are not on the server", bad, len(report.Results))
	}
	return nil
}
