package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"safelight/internal/metrics"
	"safelight/internal/telemetry"
	"safelight/storage"
	"safelight/storage/storagetest"
)

func seenFolder(t *testing.T) (storage.Store, *metrics.Set) {
	t.Helper()
	folder, err := storage.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	set := metrics.New("test", "test")
	return telemetry.Objects(folder, metrics.NewStorage(set, "folder")), set
}

// A store that is seen keeps every promise of the one that it stands for.
func TestASeenStoreIsAStore(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, func(t *testing.T) storage.Store {
		t.Helper()
		s, _ := seenFolder(t)
		return s
	})
}

type signing struct{ storage.Store }

func (signing) SignedURL(context.Context, storage.Ref, time.Duration, string) (string, error) {
	return "signed", nil
}

func (signing) SignedOrigin() string { return "https://objects.example.org" }

type plain struct{ storage.Store }

func TestASeenStoreCanWhatItCould(t *testing.T) {
	t.Parallel()
	folder, err := storage.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	_, sweeps := folder.(storage.Sweeper)
	require.True(t, sweeps)
	both := struct {
		storage.Store
		storage.Sweeper
		storage.Signer
	}{folder, folder.(storage.Sweeper), signing{folder}}
	for name, c := range map[string]struct {
		of            storage.Store
		sweeps, signs bool
	}{
		"neither": {plain{folder}, false, false}, "sweeps": {folder, true, false}, "signs": {signing{folder}, false, true}, "both": {both, true, true},
	} {
		s := telemetry.Objects(c.of, metrics.NewStorage(metrics.New("test", "test"), "folder"))
		_, sweeps := s.(storage.Sweeper)
		_, signs := s.(storage.Signer)
		require.Equal(t, c.sweeps, sweeps, name)
		require.Equal(t, c.signs, signs, name)
	}
}

type broken struct{ storage.Store }

func (broken) Stat(context.Context, storage.Ref) (storage.Info, error) {
	return storage.Info{}, errors.Join(storage.ErrUnavailable, errors.New("no route"))
}

func TestCallsAreCountedAndTraced(t *testing.T) {
	t.Parallel()
	s, set := seenFolder(t)
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	ctx, root := provider.Tracer("test").Start(t.Context(), "root")
	ref := storage.OriginalRef("up")
	_, err := s.Put(ctx, ref, strings.NewReader("0123456789"), 10, "text/plain")
	require.NoError(t, err)
	r, _, err := s.Open(ctx, ref, 4, -1)
	require.NoError(t, err)
	require.Len(t, spans.Ended(), 1, "an open one ends when it is closed")
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "456789", string(content))
	require.NoError(t, r.Close())
	_, err = s.Stat(ctx, storage.OriginalRef("gone"))
	require.ErrorIs(t, err, storage.ErrNotFound)
	require.NoError(t, s.Delete(ctx, ref))
	root.End()

	names := map[string]int64{}
	for _, span := range spans.Ended() {
		if span.Name() == "root" {
			continue
		}
		require.Equal(t, root.SpanContext().SpanID(), span.Parent().SpanID(), span.Name())
		require.NotEqual(t, codes.Error, span.Status().Code, "%s: what is not there is an answer", span.Name())
		names[span.Name()] = -1
		for _, a := range span.Attributes() {
			if a.Key == "safelight.bytes" {
				names[span.Name()] = a.Value.AsInt64()
			}
		}
	}
	require.Equal(t, map[string]int64{"storage put": 10, "storage open": 6, "storage stat": -1, "storage delete": -1}, names)
	body, _, err := set.Text()
	require.NoError(t, err)
	for _, want := range []string{
		`safelight_storage_operations_total{operation="put",outcome="ok",store="folder"} 1`,
		`safelight_storage_operations_total{operation="stat",outcome="not_found",store="folder"} 1`,
		`safelight_storage_bytes_total{operation="put",store="folder"} 10`, `safelight_storage_bytes_total{operation="open",store="folder"} 6`,
		`safelight_storage_duration_seconds_count{operation="delete",store="folder"} 1`,
	} {
		require.Contains(t, string(body), want+"\n")
	}
}

func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	folder, err := storage.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	set := metrics.New("test", "test")
	s := telemetry.Objects(broken{folder}, metrics.NewStorage(set, "supabase"))
	_, err = s.Stat(t.Context(), storage.OriginalRef("x"))
	require.ErrorIs(t, err, storage.ErrUnavailable)
	ended, stop := context.WithCancel(t.Context())
	stop()
	_, err = s.Put(ended, storage.OriginalRef("x"), bytes.NewReader(nil), -1, "text/plain")
	require.ErrorIs(t, err, context.Canceled)
	body, _, err := set.Text()
	require.NoError(t, err)
	require.Contains(t, string(body), `safelight_storage_operations_total{operation="stat",outcome="unavailable",store="supabase"} 1`)
	require.Contains(t, string(body), `safelight_storage_operations_total{operation="put",outcome="canceled",store="supabase"} 1`)
}

func TestSignedURLsAreCounted(t *testing.T) {
	t.Parallel()
	folder, err := storage.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	set := metrics.New("test", "test")
	s, ok := telemetry.Objects(signing{folder}, metrics.NewStorage(set, "supabase")).(storage.Signer)
	require.True(t, ok)
	url, err := s.SignedURL(t.Context(), storage.VariantRef("x", "full"), time.Minute, "")
	require.NoError(t, err)
	require.Equal(t, "signed", url)
	require.Equal(t, "https://objects.example.org", s.SignedOrigin())
	body, _, err := set.Text()
	require.NoError(t, err)
	require.Contains(t, string(body), `safelight_storage_operations_total{operation="sign",outcome="ok",store="supabase"} 1`)
}

func TestStoreKind(t *testing.T) {
	t.Parallel()
	require.Equal(t, "folder", telemetry.StoreKind("file:///srv"))
	require.Equal(t, "supabase", telemetry.StoreKind("supabase+https://x.supabase.co"))
}
