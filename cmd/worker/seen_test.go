package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/activities"
	"safelight/internal/imaging"
	"safelight/internal/webhook"
	"safelight/models"
)

func (s *seen) counted(t *testing.T, lines ...string) {
	t.Helper()
	body, _, err := s.metrics.Text()
	require.NoError(t, err)
	for _, line := range lines {
		require.Contains(t, string(body), line+"\n")
	}
}

func TestScansAreCounted(t *testing.T) {
	t.Parallel()
	s := unseen()
	for verdict, answer := range map[string]struct {
		v   activities.Verdict
		err error
	}{
		"clean": {v: activities.Verdict{Clean: true}}, "infected": {v: activities.Verdict{Signature: "Eicar"}},
		"unscannable": {v: activities.Verdict{Unscannable: "MaxFileSize"}}, "error": {err: errors.New("away")},
	} {
		v, err := s.scan(t.Context(), strings.NewReader("12345"), 5, func(_ context.Context, r io.Reader) (activities.Verdict, error) {
			_, err := io.Copy(io.Discard, r)
			require.NoError(t, err)
			return answer.v, answer.err
		})
		require.Equal(t, answer.v, v, "it changes no verdict")
		require.Equal(t, answer.err, err)
		s.counted(t, fmt.Sprintf("safelight_scanner_duration_seconds_count{verdict=%q} 1", verdict))
	}
	s.counted(t, "safelight_scanner_bytes_total 20")
}

func TestDecodingIsCounted(t *testing.T) {
	t.Parallel()
	s := unseen()
	for outcome, err := range map[string]error{
		"done": nil, "rejected": models.Reject(models.RejectCorrupt, "half"), "failed": errors.New("disk"),
		"crashed": fmt.Errorf("%w: signal", imaging.ErrChildEnded),
	} {
		s.decoded(t.Context(), time.Second, time.Minute, err)
		s.counted(t, fmt.Sprintf("safelight_decoder_duration_seconds_count{outcome=%q} 1", outcome))
	}
	s.counted(t, "safelight_decoder_wait_seconds_sum 4")
}

type answering struct {
	status int
	err    error
}

func (a answering) Send(context.Context, string, []byte, string, []byte) (int, error) {
	return a.status, a.err
}

func TestDeliveriesAreCounted(t *testing.T) {
	t.Parallel()
	s := unseen()
	for outcome, answer := range map[string]answering{
		"delivered": {status: 204}, "refused": {503, &webhook.Refusal{Status: 503}}, "no_answer": {err: errors.New("no route")},
		"not_allowed": {err: fmt.Errorf("%w: loopback", webhook.ErrAddress)},
	} {
		status, err := deliveries{answer, s}.Send(t.Context(), "https://example.org/", nil, "msg_1", nil)
		got := answering{status, err}
		require.Equal(t, answer, got, "it changes no answer")
		s.counted(t, fmt.Sprintf("safelight_webhook_deliveries_total{outcome=%q} 1", outcome))
	}
}
