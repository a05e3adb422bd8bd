//go:build integration

package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"safelight/models"
)

func TestBacklogOfNothing(t *testing.T) {
	t.Parallel()
	b, err := open(t).Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, models.Backlog{Uploads: []models.StateBacklog{
		{State: models.UploadReceiving}, {State: models.UploadProcessing}, {State: models.UploadStalled},
	}}, b)
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada := d.user()
	d.stored(ada, "done")
	first, second := d.accepted(ada, "first"), d.accepted(ada, "second")
	d.sql(`UPDATE uploads SET created_at = now() - interval '3 hours' WHERE id = $1`, first.ID)
	d.sql(`UPDATE uploads SET created_at = now() - interval '1 hour' WHERE id = $1`, second.ID)
	waits := d.accepted(ada, "waits")
	require.NoError(t, d.StallUpload(t.Context(), models.Stall{UploadID: waits.ID, Step: models.StepScan, Cause: "away", Code: models.StallScanner, Seq: 9 * models.SeqStride, Steps: models.NewSteps()}))
	d.infected(ada, "virus")
	d.sql(`INSERT INTO webhooks (id, url, secret, events) VALUES (gen_random_uuid(), 'https://example.org/', decode(repeat('00', 32), 'hex'), '{upload.done}')`)
	d.sql(`INSERT INTO webhook_deliveries (webhook_id, event, subject_id, created_at) SELECT id, 'upload.done', id, now() - interval '2 hours' FROM webhooks`)

	b, err := d.Backlog(t.Context())
	require.NoError(t, err)
	byState := map[models.UploadState]models.StateBacklog{}
	for _, s := range b.Uploads {
		byState[s.State] = s
	}
	require.EqualValues(t, 2, byState[models.UploadProcessing].Count)
	require.InDelta(t, 3*time.Hour, byState[models.UploadProcessing].Oldest, float64(time.Hour), "that of the oldest")
	require.EqualValues(t, 1, byState[models.UploadStalled].Count)
	require.EqualValues(t, 1, b.Held)
	require.EqualValues(t, 1, b.Deliveries)
	require.InDelta(t, 2*time.Hour, b.OldestDelivery, float64(time.Hour))
}

// Each statement of a traced call is a span below it, without its values; those
// of a call that nobody traces are none.
func TestStatementsAreInTheTrace(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada := d.user()
	spans := tracetest.NewSpanRecorder()
	ctx, root := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test").Start(t.Context(), "root")
	up := d.accepted(ada, "not traced")
	require.Empty(t, spans.Ended())
	before := d.Statements()
	res, err := d.carry(ctx, up)
	require.NoError(t, err)
	require.NoError(t, d.DeleteFile(ctx, models.Actor{UserID: ada.ID, Email: ada.Email}, mine(ada), res.FileID))
	ended := spans.Ended()
	require.Len(t, ended, int(d.Statements()-before), "no statement is missed")
	names := map[string]int{}
	for _, s := range ended {
		require.Equal(t, root.SpanContext().SpanID(), s.Parent().SpanID(), s.Name())
		names[s.Name()]++
		for _, a := range s.Attributes() {
			require.NotContains(t, a.Value.String(), up.ID, "%s of %s has a value in it", a.Key, s.Name())
		}
	}
	require.Positive(t, names["sql begin"], "%v", names)
	require.Equal(t, names["sql begin"], names["sql commit"])
}
