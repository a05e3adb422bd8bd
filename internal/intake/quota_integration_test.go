//go:build integration

package intake

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"safelight/internal/imageinfo"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/store"
	"safelight/storage"
)

// Fifty uploads at the edge of a quota at the same time: never over, and what
// is refused leaves neither row nor object.
func TestFiftyUploadsAtTheEdgeOfAQuota(t *testing.T) {
	t.Parallel()
	const size = 4000
	for name, c := range map[string]struct {
		bytes, files int64
		announced    int64
		keep         bool
		fit          int
	}{
		"announced":                     {10*size + size/2, 1000, size, false, 10},
		"not announced":                 {10*size + size/2, 1000, -1, false, 10},
		"by number":                     {1 << 30, 7, size, false, 7},
		"by number, not announced":      {1 << 30, 7, -1, false, 7},
		"with originals":                {10*size + size/2, 1000, size, true, 5},
		"with originals, not announced": {10*size + size/2, 1000, -1, true, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := store.Open(t.Context(), testkit.Database(t), 12)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, rows.Close()) })
			objects, err := storage.Open(t.Context(), "file://"+t.TempDir())
			require.NoError(t, err)
			owner := uuid.Must(uuid.NewV7()).String()
			require.NoError(t, rows.CreateUser(t.Context(), models.User{
				ID: owner, Email: owner + "@example.org", Name: "Ada", Role: models.RoleUser, Status: models.StatusActive,
				PasswordHash: "-", QuotaBytes: c.bytes, QuotaFiles: c.files,
			}))
			in := &Intake{
				Rows: rows, Objects: objects, Starter: &fakeStarter{}, Log: slog.New(slog.DiscardHandler),
				Sniff:    func([]byte) (string, bool) { return "image/jpeg", true },
				SniffLen: imageinfo.SniffLen, MaxBytes: 1 << 20, MaxOpen: 100, KeepOriginals: c.keep,
			}
			errs, begin := make([]error, 50), make(chan struct{})
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() {
					<-begin
					body := strings.NewReader(strings.Repeat(fmt.Sprintf("%4d", i), size/4))
					_, _, errs[i] = in.Accept(t.Context(), Request{OwnerID: owner, Name: "x", Announced: c.announced, Body: body})
				})
			}
			close(begin)
			all.Wait()
			accepted := 0
			for _, err := range errs {
				if err == nil {
					accepted++
					continue
				}
				require.ErrorIs(t, err, models.ErrQuotaExceeded)
			}
			require.Equal(t, c.fit, accepted)
			ups, err := rows.ListUploads(t.Context(), models.UploadFilter{Scope: models.Scope{OwnerID: owner}, Limit: 200})
			require.NoError(t, err)
			require.Len(t, ups.Items, accepted, "no row of a refused one")
			stored, err := objects.List(t.Context(), storage.Tmp, "", "", 1000)
			require.NoError(t, err)
			require.Len(t, stored.Objects, accepted, "no object of a refused one")
			for i, up := range ups.Items {
				require.Equal(t, models.UploadProcessing, up.State)
				require.EqualValues(t, size, stored.Objects[i].Size)
			}
		})
	}
}
