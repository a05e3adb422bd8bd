package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"safelight/internal/config"
	"safelight/internal/imageinfo"
	"safelight/internal/imaging"
	"safelight/internal/inspect"
)

// inspectCommand is safelight inspect: it judges files as the server would. It
// fails unless all would be accepted.
func inspectCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE…",
		Short: "Show what would become of pictures, without a server",
		Long: `Shows what the judge sees in files: the format by their bytes, size, colours,
all that is found of metadata, and whether they would be taken. Then what would
be stored of them, which needs the worker's program beside this one.

Limits and sizes are those of the environment that API and worker read
(MAX_UPLOAD_BYTES, MAX_PIXELS, IMAGE_MAX_SIDE, …), or the defaults. Nothing is
sent and nothing is kept; nothing is scanned for viruses. The exit status is 0
only if every file would be taken.

With --json each file is one line: file, verdict (accepted, rejected or failed),
code and detail of a rejection, bytes, format, mimeType, picture (width, height,
uprightWidth, uprightHeight, orientation, frames, animated, color, bitDepth,
alpha, progressive, profile), metadata (a list of kind, bytes, detail) and
outcome (message, decision, bytes, variants), which is null where nothing would be stored.`,
		Example: `  safelight inspect *.jpg
  safelight inspect --json photo.heic`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			cfg, err := config.LoadPictures(environment())
			if err != nil {
				return fmt.Errorf("configuration:\n%w", err)
			}
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find the own program: %w", err)
			}
			worker := filepath.Join(filepath.Dir(self), "worker")
			return runInspect(cmd.Context(), cfg, worker, args, asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per file")
	return cmd
}

func runInspect(ctx context.Context, cfg config.Pictures, worker string, files []string, asJSON bool, out, errOut io.Writer) error {
	inspector, done, err := newInspector(cfg, worker, errOut)
	if err != nil {
		return err
	}
	defer done()
	write := inspect.Text
	if asJSON {
		write = inspect.JSON
	}
	bad := 0
	for i, path := range files {
		report, err := inspector.File(ctx, path)
		if err != nil {
			return err
		}
		if i > 0 && !asJSON {
			if _, err := fmt.Fprintln(out); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
		}
		if err := write(out, report); err != nil {
			return err
		}
		if report.Verdict != inspect.Accepted {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d would not be taken", bad, len(files))
	}
	return nil
}

// newInspector starts decoders where the worker's program is there, and says
// so where it is not.
func newInspector(cfg config.Pictures, worker string, errOut io.Writer) (*inspect.Inspector, func(), error) {
	p, l := cfg.Pipeline, cfg.Limits
	inspector := &inspect.Inspector{
		Limits: imageinfo.Limits{Bytes: l.MaxUploadBytes, Pixels: l.MaxPixels, Side: imaging.MaxSide, Frames: l.MaxFrames},
		Request: imaging.Request{
			MaxSide: p.MaxSide, PreviewSide: p.PreviewSide, ThumbSide: p.ThumbSide,
			Format: p.Format, MinSSIM: p.MinSSIM, Quality: p.Quality,
			MaxPixels: l.MaxPixels, MaxFrames: l.MaxFrames,
		},
	}
	program, err := exec.LookPath(worker)
	if err != nil {
		_, err = fmt.Fprintf(errOut, "safelight: the judge's part only: what would be stored takes the worker's program, which is not at %s\n", worker)
		if err != nil {
			err = fmt.Errorf("write: %w", err)
		}
		return inspector, func() {}, err
	}
	pool, err := imaging.NewPool(imaging.Config{
		Command: []string{program, "imaging"}, Children: 1,
		Log: slog.New(slog.DiscardHandler), // what ends a child is in the report of its file
	})
	if err != nil {
		return nil, nil, fmt.Errorf("start the decoders: %w", err)
	}
	inspector.Codec = pool
	return inspector, pool.Close, nil
}
