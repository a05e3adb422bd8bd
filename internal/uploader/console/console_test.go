package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/require"
	"github.com/vbauerster/mpb/v8"

	"safelight/internal/uploader"
	"safelight/models"
)

func ptr[T any](v T) *T { return &v }

func upload(state models.UploadState) uploader.Upload {
	return uploader.Upload{ID: "up-1", Name: "cat.jpg", Size: 4_000_000, State: state, Steps: models.NewSteps()}
}

func ended(outcome models.Outcome) uploader.Result {
	up := upload(models.UploadDone)
	up.Outcome = &outcome
	return uploader.Result{Source: uploader.Source{Path: "pictures/cat.jpg"}, Upload: up}
}

func rejected(r models.Rejection) uploader.Result {
	up := upload(models.UploadRejected)
	up.Rejection = &r
	return uploader.Result{Source: uploader.Source{Path: "pictures/bad.jpg"}, Upload: up}
}

func failedAt(state models.UploadState, step models.StepName, message string) uploader.Result {
	up := upload(state)
	for i := range up.Steps {
		if up.Steps[i].Name == step {
			up.Steps[i].State, up.Steps[i].Attempt, up.Steps[i].Message = models.StepFailed, 3, &message
		}
	}
	return uploader.Result{Source: uploader.Source{Path: "x.jpg"}, Upload: up}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	created := ended(models.OutcomeCreated)
	created.Upload.StoredSize = ptr(int64(1_000_000))
	bigger := ended(models.OutcomeCreated)
	bigger.Upload.StoredSize = ptr(int64(5_000_000))
	versioned := ended(models.OutcomeVersioned)
	versioned.Upload.VersionNumber = ptr(3)
	duplicate := ended(models.OutcomeDuplicate)
	duplicate.Upload.DuplicateOf = ptr("file-9")
	refusal := fmt.Errorf("x: %w", &uploader.Problem{Status: 415, Code: "unsupported_media_type", Detail: "Send a JPEG."})
	tests := map[string]uploader.Result{
		"created, 4.0 MB → 1.0 MB (75 % saved)": created,
		"created, 4.0 MB → 5.0 MB (25 % more)":  bigger,
		"created":                               ended(models.OutcomeCreated),
		"versioned: now version 3":              versioned,
		"duplicate: you have this picture already (file file-9); nothing new is stored":                     duplicate,
		"restored: you had this picture in the trash; it is back":                                           ended(models.OutcomeRestored),
		"unchanged: these are the bytes of the file's current version":                                      ended(models.OutcomeUnchanged),
		"rejected: infected (Eicar). Not stored.":                                                           rejected(models.Rejection{Code: models.RejectInfected, Detail: "Not stored.", Signature: "Eicar"}),
		"rejected: corrupt, the picture is damaged":                                                         rejected(models.Rejection{Code: models.RejectCorrupt}),
		"rejected: novel. Something new.":                                                                   rejected(models.Rejection{Code: "novel", Detail: "Something new."}),
		"stalled at compress: out of memory — it waits on the server for a retry or a cancel (upload up-1)": failedAt(models.UploadStalled, models.StepCompress, "out of memory"),
		"failed at move: disk full":                                                                         failedAt(models.UploadFailed, models.StepMove, "disk full"),
		"canceled":                                                                                          {Upload: upload(models.UploadCanceled)},
		"still being processed on the server (upload up-1)":                                                 {Upload: upload(models.UploadProcessing), Err: context.Canceled},
		"still being processed on the server (upload up-1), which has not answered for a while":             {Upload: upload(models.UploadProcessing), Err: uploader.ErrLost},
		"not sent": {Err: context.Canceled},
		"refused: 415 unsupported_media_type: Send a JPEG.": {Err: refusal},
		"error: no such file":                               {Err: errors.New("no such file")},
	}
	for want, r := range tests {
		require.Equal(t, want, describe(r))
	}
	for code := range reasons {
		require.Contains(t, describe(rejected(models.Rejection{Code: code})), string(code)+", ")
	}
	server := uploader.Result{Err: &uploader.Problem{Status: 500, Code: "internal", Detail: "Sorry.", RequestID: "req-7"}}
	require.Equal(t, "refused: 500 internal: Sorry. (request req-7)", describe(server))
}

func TestNothingSteersTheTerminal(t *testing.T) {
	t.Parallel()
	evil := "a\x1b[2Jb\x07\r\nc\u202e\x9b"
	r := rejected(models.Rejection{Code: models.RejectionCode(evil), Detail: evil, Signature: evil})
	r.Source.Path = "dir/" + evil
	stalled := failedAt(models.UploadStalled, models.StepScan, evil)
	refused := uploader.Result{Source: r.Source, Err: &uploader.Problem{Status: 415, Code: evil, Detail: evil}}

	var out bytes.Buffer
	d := Plain(&out)
	for _, r := range []uploader.Result{r, stalled, refused} {
		o := d.Begin(r.Source)
		o.Sent(1, 2)
		o.Retrying(errors.New(evil))
		o.Progress(stalled.Upload)
		d.Done(r)
		line := (&row{name: displayName(r.Source), up: &stalled.Upload, trouble: clean(evil)}).text(200)
		require.Equal(t, clean(line), line)
	}
	PrintSummary(&out, []uploader.Result{r, stalled, refused})
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		require.Equal(t, clean(line), line)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d := Plain(&out)
	src := uploader.Source{Path: "pictures/cat.jpg"}
	o := d.Begin(src)
	for _, n := range []int64{0, 1_000_000, 2_000_000, 4_000_000} {
		o.Sent(n, 4_000_000)
	}
	up := upload(models.UploadProcessing)
	show := func(step int, state models.StepState, attempt int, message *string) {
		up.Steps = append([]models.Step(nil), up.Steps...)
		up.Steps[step].State, up.Steps[step].Attempt, up.Steps[step].Message = state, attempt, message
		o.Progress(up)
		o.Progress(up) // a picture without news says nothing
	}
	o.Progress(up)
	show(0, models.StepRunning, 1, nil)
	show(0, models.StepRetrying, 2, ptr("clamd is away"))
	show(0, models.StepRetrying, 3, ptr("clamd is away"))
	o.Retrying(errors.New("the event stream ended early"))
	show(0, models.StepDone, 3, nil)
	d.Done(ended(models.OutcomeCreated))
	d.Close()
	require.Equal(t, `cat.jpg: sending 4.0 MB
cat.jpg: accepted as upload up-1
cat.jpg: scan running
cat.jpg: scan retrying (attempt 2): clamd is away
cat.jpg: scan retrying (attempt 3): clamd is away
cat.jpg: trying again: the event stream ended early
cat.jpg: scan done
cat.jpg: created
`, out.String())
}

func batch() []uploader.Result {
	created, versioned := ended(models.OutcomeCreated), ended(models.OutcomeVersioned)
	created.Upload.StoredSize, versioned.Upload.StoredSize = ptr(int64(1_000_000)), ptr(int64(500_000))
	duplicate := ended(models.OutcomeDuplicate)
	duplicate.Upload.StoredSize = ptr(int64(1_000_000)) // of what is there already
	unsent := uploader.Source{Path: "late.jpg"}
	return []uploader.Result{
		created, versioned, duplicate,
		rejected(models.Rejection{Code: models.RejectCorrupt, Detail: "It ends too early."}),
		{Source: uploader.Source{Path: "a.svg"}, Err: &uploader.Problem{Status: 415, Code: "unsupported_media_type", Detail: "Send a JPEG."}},
		failedAt(models.UploadStalled, models.StepMove, "disk full"),
		{Source: uploader.Source{Path: "slow.jpg"}, Upload: upload(models.UploadProcessing), Err: context.Canceled},
		{Source: unsent, Err: context.Canceled},
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	s := Summarize(batch())
	require.Equal(t, Summary{
		Files:   8,
		Results: map[string]int{"created": 1, "versioned": 1, "duplicate": 1, "rejected": 1, "refused": 1, "stalled": 1, "processing": 1, "unsent": 1},
		Before:  12_000_000, After: 1_500_000, Saved: 10_500_000,
	}, s)
	require.True(t, Summarize(batch()[:3]).OK)
	for i := 3; i < 8; i++ {
		require.False(t, Summarize(batch()[i:i+1]).OK)
	}

	var out bytes.Buffer
	PrintSummary(&out, batch())
	require.Equal(t, `
8 files: 1 created, 1 versioned, 1 duplicate, 1 rejected, 1 refused, 1 stalled, 1 processing, 1 unsent
12 MB before, 1.5 MB stored, 10 MB saved (87 %)
Not stored:
  pictures/bad.jpg: rejected: corrupt. It ends too early.
  a.svg: refused: 415 unsupported_media_type: Send a JPEG.
Waiting for a person:
  x.jpg: stalled at move: disk full — it waits on the server for a retry or a cancel (upload up-1)
Still being processed on the server:
  slow.jpg: still being processed on the server (upload up-1)
Not sent:
  late.jpg: not sent
`, out.String())

	out.Reset()
	PrintSummary(&out, batch()[4:5])
	require.Equal(t, "\n1 file: 1 refused\nNot stored:\n  a.svg: refused: 415 unsupported_media_type: Send a JPEG.\n", out.String())
}

// TestEveryWordIsCounted: a word that the summary does not know would vanish from it.
func TestEveryWordIsCounted(t *testing.T) {
	t.Parallel()
	results := batch()
	for _, o := range []models.Outcome{models.OutcomeRestored, models.OutcomeUnchanged} {
		results = append(results, ended(o))
	}
	for _, s := range []models.UploadState{models.UploadFailed, models.UploadCanceled} {
		results = append(results, uploader.Result{Upload: upload(s)})
	}
	results = append(results, uploader.Result{Err: errors.New("x")})
	for _, r := range results {
		require.Contains(t, order, r.Word())
	}
	require.Len(t, Summarize(results).Results, len(order))
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	d := JSON(&out)
	for _, r := range batch() {
		d.Begin(r.Source).Progress(r.Upload)
		d.Done(r)
	}
	d.Close()
	require.NoError(t, d.Summary(batch()))
	all := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, all, 9)

	var first, refused, last map[string]any
	require.NoError(t, json.Unmarshal([]byte(all[0]), &first))
	require.Equal(t, "created", first["result"])
	require.Equal(t, "pictures/cat.jpg", first["file"])
	require.Equal(t, "up-1", first["upload"].(map[string]any)["id"])
	require.NotContains(t, first, "problem")
	require.NotContains(t, first, "error")

	require.NoError(t, json.Unmarshal([]byte(all[4]), &refused))
	require.Equal(t, "unsupported_media_type", refused["problem"].(map[string]any)["code"])
	require.NotContains(t, refused, "upload")

	require.NoError(t, json.Unmarshal([]byte(all[8]), &last))
	require.EqualValues(t, 10_500_000, last["summary"].(map[string]any)["bytesSaved"])
	require.Equal(t, false, last["summary"].(map[string]any)["ok"])

	broken := JSON(failingWriter{})
	broken.Done(batch()[0])
	require.ErrorContains(t, broken.Summary(nil), "pipe")
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestRowText(t *testing.T) {
	t.Parallel()
	r := &row{name: "a-rather-long-name-of-a-picture.jpg"}
	r.Sent(2_000_000, 4_000_000)
	require.Equal(t, "a-rather-long-name-of-a-p… [==========          ]  50 %  2.0 MB of 4.0 MB", r.text(73))
	r.Retrying(errors.New("connection reset"))
	require.Contains(t, r.text(200), "trying again: connection reset")
	r.Sent(2_100_000, 4_000_000)
	require.NotContains(t, r.text(200), "trying again")

	up := upload(models.UploadProcessing)
	up.Percent = 40
	up.Steps[0].State, up.Steps[1].State = models.StepDone, models.StepSkipped
	up.Steps[2].State, up.Steps[2].Attempt, up.Steps[2].Message = models.StepRetrying, 2, ptr("codec process ended")
	r.Progress(up)
	require.Equal(t, "a-rather-long-name-of-a-p…  40 % ✓scan –dedup ↻compress ·move ·version ·notify (attempt 2: codec process ended)", r.text(200))
	for width := range 200 {
		require.LessOrEqual(t, runewidth.StringWidth(r.text(width)), width)
	}
	wide := &row{name: "写真写真写真写真写真写真写真写真.jpg"}
	wide.Sent(0, 0)
	for width := range 100 {
		require.LessOrEqual(t, runewidth.StringWidth(wide.text(width)), width)
	}
	require.Contains(t, wide.text(100), "100 %", "an empty file is sent at once")
}

func TestBytesText(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 9950: "10 kB", 999_499: "999 kB", 999_500: "1.0 MB",
		4_815_162: "4.8 MB", 52_428_800: "52 MB", 3_000_000_000: "3.0 GB", 7_000_000_000_000: "7.0 TB",
	} {
		require.Equal(t, want, bytesText(n))
	}
}

// TestBars runs many files through the display at once, as the uploader does.
func TestBars(t *testing.T) {
	t.Parallel()
	var out safeBuffer
	d := newBars(mpb.WithOutput(&out), mpb.WithAutoRefresh(), mpb.WithWidth(100))
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			r := ended(models.OutcomeCreated)
			r.Source.Path = fmt.Sprintf("cat-%d.jpg", i/2) // each named twice
			o := d.Begin(r.Source)
			for n := range int64(5) {
				o.Sent(n, 4)
			}
			o.Progress(upload(models.UploadProcessing))
			d.Done(r)
		})
	}
	d.Done(uploader.Result{Source: uploader.Source{Path: "never-begun.jpg"}, Err: context.Canceled})
	wg.Wait()
	d.Close()
	for i := range 10 {
		require.Equal(t, 2, strings.Count(out.String(), fmt.Sprintf("cat-%d.jpg: created\n", i)), "each end is shown once")
	}
	require.Contains(t, out.String(), "never-begun.jpg: not sent\n")
	require.NotPanics(t, func() { d.Begin(uploader.Source{Path: "late"}).Sent(1, 1) })
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
