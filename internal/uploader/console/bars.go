package console

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"safelight/internal/uploader"
	"safelight/models"
)

// Bars shows each file under way as a line that changes: a bar while its bytes
// are sent, then its steps. What has ended moves up as a line that stays.
func Bars(out io.Writer) Display {
	return newBars(mpb.WithOutput(out), mpb.WithRefreshRate(100*time.Millisecond))
}

func newBars(options ...mpb.ContainerOption) *bars {
	return &bars{progress: mpb.New(options...), open: map[string][]*row{}}
}

type bars struct {
	progress *mpb.Progress
	mu       sync.Mutex
	open     map[string][]*row // by path: one may be named twice
}

// Begin implements Display.
func (b *bars) Begin(src uploader.Source) uploader.Observer {
	r := &row{name: displayName(src)}
	bar, err := b.progress.Add(0, r, mpb.BarFillerTrim(), mpb.BarRemoveOnComplete())
	if err != nil {
		return r // the display has ended: nothing is shown, the upload goes on
	}
	r.bar = bar
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open[src.Path] = append(b.open[src.Path], r)
	return r
}

// Done implements Display.
func (b *bars) Done(r uploader.Result) {
	_, _ = fmt.Fprintf(b.progress, "%s: %s\n", displayName(r.Source), describe(r)) // the summary has it all again
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := b.open[r.Source.Path]
	if len(rows) == 0 { // never begun
		return
	}
	rows[0].bar.Abort(true)
	b.open[r.Source.Path] = rows[1:]
}

// Close implements Display.
func (b *bars) Close() { b.progress.Wait() }

// row is the line of one file.
type row struct {
	name string
	bar  *mpb.Bar

	mu          sync.Mutex
	sent, total int64
	up          *uploader.Upload
	trouble     string
}

// Sent implements uploader.Observer.
func (r *row) Sent(n, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent, r.total = n, total
	if n > 0 {
		r.trouble = ""
	}
}

// Retrying implements uploader.Observer.
func (r *row) Retrying(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble = clean(err.Error())
}

// Progress implements uploader.Observer.
func (r *row) Progress(up uploader.Upload) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up, r.trouble = &up, ""
}

// Fill implements mpb.BarFiller.
func (r *row) Fill(w io.Writer, stat decor.Statistics) error {
	_, err := io.WriteString(w, r.text(stat.AvailableWidth))
	return err //nolint:wrapcheck // mpb's buffer
}

const nameWidth = 26

// text is the line, cut to the width of the terminal.
func (r *row) text(width int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	line := fit(r.name, nameWidth) + " "
	if r.up == nil {
		line += sendingText(r.sent, r.total, width-nameWidth-1)
	} else {
		line += stepsText(r.up)
	}
	if r.trouble != "" {
		line += "  trying again: " + r.trouble
	}
	return cut(line, width)
}

// sendingText is a bar with numbers, or the numbers alone where there is no room.
func sendingText(sent, total int64, width int) string {
	percent := int64(100)
	if total > 0 {
		percent = sent * 100 / total
	}
	numbers := fmt.Sprintf("%3d %%  %s of %s", percent, bytesText(sent), bytesText(total))
	room := min(width-len(numbers)-3, 40) // brackets and a space
	if room < 5 {
		return numbers
	}
	full := int(percent) * room / 100
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", room-full) + "] " + numbers
}

// signs of the states of a step.
var signs = map[models.StepState]string{
	models.StepPending: "·", models.StepRunning: "▸", models.StepRetrying: "↻",
	models.StepDone: "✓", models.StepSkipped: "–", models.StepFailed: "✗",
}

// stepsText is all steps in their order, and what is the matter with one that
// is tried again.
func stepsText(up *uploader.Upload) string {
	parts := make([]string, 0, len(up.Steps)+2)
	parts = append(parts, fmt.Sprintf("%3d %%", up.Percent))
	matter := ""
	for _, s := range up.Steps {
		sign, ok := signs[s.State]
		if !ok {
			sign = "?"
		}
		parts = append(parts, sign+clean(string(s.Name)))
		if s.State == models.StepRetrying || s.State == models.StepFailed {
			matter = fmt.Sprintf("attempt %d", s.Attempt)
			if s.Message != nil && *s.Message != "" {
				matter += ": " + clean(*s.Message)
			}
		}
	}
	if up.State == models.UploadStalled {
		parts = append(parts, "stalled")
	}
	if matter != "" {
		parts = append(parts, "("+matter+")")
	}
	return strings.Join(parts, " ")
}
