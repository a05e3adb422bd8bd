package intake

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

// The row of an upload that comes is touched while it comes, whether or not
// that succeeds, and not once Accept has returned.
func TestAcceptTouchesItsRowWhileBytesCome(t *testing.T) {
	t.Parallel()
	gone := errors.New("connection reset")
	for name, c := range map[string]struct {
		touch, end, want error
	}{
		"to the end": {nil, io.EOF, nil}, "touches fail": {models.ErrConflict, io.EOF, nil}, "client goes away": {nil, gone, gone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.rows.touchErr = c.touch
			var logged bytes.Buffer
			b.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
			synctest.Test(t, func(t *testing.T) { // which fails where a goroutine is left
				req := request(jpeg(1000))
				req.Body = io.MultiReader(req.Body, readerFunc(func([]byte) (int, error) {
					time.Sleep(3*models.ReceivingTouch + time.Second)
					return 0, c.end
				}))
				_, _, err := b.Accept(t.Context(), req)
				require.ErrorIs(t, err, c.want)
				require.Len(t, b.rows.touched, 3)
				time.Sleep(models.ReceivingDead)
				synctest.Wait()
				require.Len(t, b.rows.touched, 3)
			})
			require.Equal(t, 0, strings.Count(logged.String(), "level=WARN"))
			if c.touch != nil {
				require.Equal(t, 3, strings.Count(logged.String(), "level=DEBUG"))
			}
		})
	}
}

func TestAFewTouchesMayBeLost(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, models.ReceivingDead, 4*models.ReceivingTouch)
	require.Less(t, touchWithin, models.ReceivingTouch)
}
