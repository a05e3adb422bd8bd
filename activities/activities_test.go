package activities_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"safelight/activities"
	"safelight/models"
	"safelight/storage"
)

const picture = "the bytes of a picture"

var original = storage.OriginalRef(uploadID)

// failure asserts the type of an application error and whether it is retried.
func failure(t *testing.T, err error, kind string, retried bool) *temporal.ApplicationError {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, kind, app.Type())
	require.Equal(t, !retried, app.NonRetryable())
	require.NotContains(t, app.Message(), "10.0.0.1", "people are not told addresses")
	return app
}

func TestScan(t *testing.T) {
	t.Parallel()
	in := activities.ScanInput{Mark: mark(models.StepScan), Object: original}
	t.Run("clean, twice", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		for range 2 {
			v, err := do[activities.Verdict](k, k.acts.Scan, in)
			require.NoError(t, err)
			require.Equal(t, activities.Verdict{Clean: true}, v)
		}
		require.Equal(t, []string{"scan begin", "scan end", "scan begin", "scan end"}, k.rows.announce)
		require.Equal(t, []string{original.String()}, k.objects(t))
	})
	t.Run("infected is a result", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.scanner.verdict = activities.Verdict{Signature: "Eicar"}
		v, err := do[activities.Verdict](k, k.acts.Scan, in)
		require.NoError(t, err)
		require.Equal(t, "Eicar", v.Signature)
	})
	t.Run("a scanner that read a part has not judged", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.scanner.partly = true
		_, err := do[activities.Verdict](k, k.acts.Scan, in)
		failure(t, err, activities.ErrTypeScanner, true)
	})
	t.Run("a scanner that is down is retried", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.scanner.err = errDown
		_, err := do[activities.Verdict](k, k.acts.Scan, in)
		app := failure(t, err, activities.ErrTypeScanner, true)
		require.Contains(t, app.Message(), "virus scanner")
		require.Contains(t, k.rows.announce, "scan failed")
	})
	t.Run("nothing there", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		_, err := do[activities.Verdict](k, k.acts.Scan, in)
		failure(t, err, activities.ErrTypeGone, false)
	})
	t.Run("database down", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.rows.down = errDown
		_, err := do[activities.Verdict](k, k.acts.Scan, in)
		failure(t, err, activities.ErrTypeDatabase, true)
	})
}

func TestDedup(t *testing.T) {
	t.Parallel()
	sha := hash([]byte(picture))
	in := activities.DedupInput{Mark: mark(models.StepDedup), Object: original, SHA256: sha}
	t.Run("new, twice", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		for range 2 {
			c, err := do[models.Claim](k, k.acts.Dedup, in)
			require.NoError(t, err)
			require.Equal(t, models.Claim{}, c)
		}
		require.Equal(t, uploadID, k.rows.claims[sha])
	})
	t.Run("known to its owner", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.rows.owned[sha] = otherID
		c, err := do[models.Claim](k, k.acts.Dedup, in)
		require.NoError(t, err)
		require.Equal(t, otherID, c.BlobID)
	})
	t.Run("held by another, then free", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.rows.claims[sha] = otherID
		c, err := do[models.Claim](k, k.acts.Dedup, in)
		require.NoError(t, err)
		require.Equal(t, otherID, c.HeldBy)
		_, err = do[models.Claim](k, k.acts.AwaitClaim, in)
		failure(t, err, activities.ErrTypeContentClaimed, true)
		delete(k.rows.claims, sha)
		for range 2 {
			c, err = do[models.Claim](k, k.acts.AwaitClaim, in)
			require.NoError(t, err)
			require.Equal(t, models.Claim{}, c)
		}
	})
	t.Run("other bytes than came in", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture+"!")
		_, err := do[models.Claim](k, k.acts.Dedup, in)
		app := failure(t, err, activities.ErrTypeRejected, false)
		var r models.Rejection
		require.NoError(t, app.Details(&r))
		require.Equal(t, models.RejectIntegrity, r.Code)
		require.Empty(t, k.rows.claims)
	})
}

func TestCompress(t *testing.T) {
	t.Parallel()
	in := activities.CompressInput{Mark: mark(models.StepCompress), Object: original}
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		first, err := do[activities.CompressResult](k, k.acts.Compress, in)
		require.NoError(t, err)
		before := k.objects(t)
		second, err := do[activities.CompressResult](k, k.acts.Compress, in)
		require.NoError(t, err)
		require.Equal(t, first, second)
		require.Equal(t, before, k.objects(t))
		require.Equal(t, uint64(1<<63), first.PHash)
		require.Equal(t, activities.CodecDecision{Format: "WebP", Quality: 76, SSIM: 0.983, Tries: 4, BytesBefore: 22, BytesAfter: 26}, first.Decision)
		require.Equal(t, "turned", first.Message)
		require.Equal(t, storage.VariantRef(uploadID, "full").Key, first.Variants[0].Key)
		require.Equal(t, "full"+picture, k.read(t, storage.StagedRef(uploadID, "full")))
		left, err := os.ReadDir(k.acts.WorkDir)
		require.NoError(t, err)
		require.Empty(t, left, "local copies must go")
	})
	t.Run("the original is kept where that is wanted", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		keep := in
		keep.Settings.KeepOriginal = true
		out, err := do[activities.CompressResult](k, k.acts.Compress, keep)
		require.NoError(t, err)
		require.Equal(t, models.Variant{
			Name: models.VariantOriginal, Key: storage.VariantRef(uploadID, "original").Key, MIMEType: "image/jpeg",
			Size: int64(len(picture)), Width: 8, Height: 6, SHA256: hash([]byte(picture)),
		}, out.Variants[len(out.Variants)-1])
		require.Equal(t, picture, k.read(t, storage.StagedRef(uploadID, "original")))
		require.NotEqual(t, in.Settings.Fingerprint(), keep.Settings.Fingerprint(), "blobs with it and without are not the same")

		move := activities.MoveInput{Mark: mark(models.StepMove), SHA256: hash([]byte(picture)), Settings: keep.Settings.Fingerprint(), Variants: out.Variants}
		_, err = do[activities.MoveResult](k, k.acts.Move, move)
		require.NoError(t, err)
		require.Equal(t, picture, k.read(t, storage.VariantRef(uploadID, "original")))
		require.Equal(t, picture, k.read(t, original), "the way in stays until its end")
	})
	t.Run("a bad picture is rejected", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.put(t, original, picture)
		k.codec.err = fmt.Errorf("decode: %w", models.Reject(models.RejectTooManyPixels, "too many"))
		_, err := do[activities.CompressResult](k, k.acts.Compress, in)
		app := failure(t, err, activities.ErrTypeRejected, false)
		var r models.Rejection
		require.NoError(t, app.Details(&r))
		require.Equal(t, models.Rejection{Code: models.RejectTooManyPixels, Detail: "too many"}, r)
		require.Equal(t, []string{original.String()}, k.objects(t))
	})
	t.Run("the third ended decoder rejects", func(t *testing.T) {
		t.Parallel()
		for crashes := range 3 {
			k := newKit(t)
			k.put(t, original, picture)
			k.codec.err = fmt.Errorf("signal: killed: %w", activities.ErrCodecCrashed)
			k.SetHeartbeatDetails(crashes)
			_, err := do[activities.CompressResult](k, k.acts.Compress, in)
			if crashes < 2 {
				failure(t, err, activities.ErrTypeCodecCrashed, true)
			} else {
				app := failure(t, err, activities.ErrTypeRejected, false)
				var r models.Rejection
				require.NoError(t, app.Details(&r))
				require.Equal(t, models.RejectCorrupt, r.Code)
			}
		}
	})
}

func moveInput(sha string) activities.MoveInput {
	return activities.MoveInput{
		Mark: mark(models.StepMove), SHA256: sha, OriginalSize: 22, Settings: "v1",
		Variants: []models.Variant{
			{Name: "full", Key: storage.VariantRef(uploadID, "full").Key, MIMEType: "image/webp", Size: 4, Width: 4, Height: 3},
			{Name: "thumb", Key: storage.VariantRef(uploadID, "thumb").Key, MIMEType: "image/webp", Size: 5, Width: 2, Height: 1},
		},
	}
}

// stored makes the blob of another upload with the same bytes, with objects of
// the given content for its first variants, and names all its objects.
func (k *kit) stored(t *testing.T, in activities.MoveInput, contents ...string) (names []string) {
	t.Helper()
	blob := models.Blob{ID: otherID, SHA256: in.SHA256, Settings: in.Settings}
	for i, v := range in.Variants {
		ref := storage.VariantRef(otherID, v.Name)
		v.Key = ref.Key
		blob.Variants = append(blob.Variants, v)
		names = append(names, ref.String())
		if i < len(contents) {
			k.put(t, ref, contents[i])
		}
	}
	k.rows.blobs[in.SHA256+in.Settings] = blob
	return names
}

func TestMove(t *testing.T) {
	t.Parallel()
	in := moveInput(hash([]byte(picture)))
	stage := func(t *testing.T, k *kit) {
		t.Helper()
		k.put(t, storage.StagedRef(uploadID, "full"), "full")
		k.put(t, storage.StagedRef(uploadID, "thumb"), "thumb")
	}
	final := []string{"final/blobs/" + uploadID + "/full", "final/blobs/" + uploadID + "/thumb"}
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		for range 2 {
			res, err := do[activities.MoveResult](k, k.acts.Move, in)
			require.NoError(t, err)
			require.Equal(t, uploadID, res.BlobID)
			require.Equal(t, final, k.objects(t))
		}
		require.Len(t, k.rows.blobs, 1)
	})
	t.Run("an earlier attempt moved one and wrote half of the other", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		require.NoError(t, k.store.Move(t.Context(), storage.StagedRef(uploadID, "full"), storage.VariantRef(uploadID, "full")))
		k.put(t, storage.VariantRef(uploadID, "thumb"), "th")
		_, err := do[activities.MoveResult](k, k.acts.Move, in)
		require.NoError(t, err)
		require.Equal(t, final, k.objects(t))
		require.Equal(t, "thumb", k.read(t, storage.VariantRef(uploadID, "thumb")))
	})
	t.Run("somebody has the same bytes, twice", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		theirs := k.stored(t, in, "full", "thumb")
		for range 2 {
			res, err := do[activities.MoveResult](k, k.acts.Move, in)
			require.NoError(t, err)
			require.Equal(t, otherID, res.BlobID)
			require.Equal(t, append(final, theirs...), k.objects(t), "its own output stays until the end is told")
		}
	})
	t.Run("somebody has the same bytes, with an object missing and one cut, twice", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		theirs := k.stored(t, in, "fu")
		for range 2 {
			res, err := do[activities.MoveResult](k, k.acts.Move, in)
			require.NoError(t, err)
			require.Equal(t, otherID, res.BlobID)
			require.Equal(t, theirs, k.objects(t))
			require.Equal(t, "full", k.read(t, storage.VariantRef(otherID, "full")))
			require.Equal(t, "thumb", k.read(t, storage.VariantRef(otherID, "thumb")))
		}
	})
	t.Run("a damaged blob that cannot be mended is not done", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		k.stored(t, in, "full")
		blob := k.rows.blobs[in.SHA256+in.Settings]
		blob.Variants[1].Size = 999 // not what this upload has
		_, err := do[activities.MoveResult](k, k.acts.Move, in)
		failure(t, err, activities.ErrTypeStorage, true)
		require.Equal(t, "thumb", k.read(t, storage.VariantRef(uploadID, "thumb")), "the last good copy stays")
	})
	t.Run("what others may use is not replaced", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		_, err := do[activities.MoveResult](k, k.acts.Move, in)
		require.NoError(t, err)
		k.put(t, storage.StagedRef(uploadID, "full"), "late") // by an old attempt of compress
		_, err = do[activities.MoveResult](k, k.acts.Move, in)
		require.NoError(t, err)
		require.Equal(t, final, k.objects(t))
		require.Equal(t, "full", k.read(t, storage.VariantRef(uploadID, "full")))
	})
	t.Run("staged objects are gone", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		_, err := do[activities.MoveResult](k, k.acts.Move, in)
		failure(t, err, activities.ErrTypeGone, false)
		require.Empty(t, k.rows.blobs, "no blob row without its objects")
	})
	t.Run("database down after the move", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		stage(t, k)
		k.rows.down = errDown
		_, err := do[activities.MoveResult](k, k.acts.Move, in)
		failure(t, err, activities.ErrTypeDatabase, true)
		k.rows.down = nil
		res, err := do[activities.MoveResult](k, k.acts.Move, in)
		require.NoError(t, err)
		require.Equal(t, uploadID, res.BlobID)
	})
}

func TestCreateVersionNotifyStallTwice(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	first, err := do[models.VersionResult](k, k.acts.CreateVersion, activities.VersionInput{Mark: mark(models.StepVersion)})
	require.NoError(t, err)
	second, err := do[models.VersionResult](k, k.acts.CreateVersion, activities.VersionInput{Mark: mark(models.StepVersion)})
	require.NoError(t, err)
	require.Equal(t, first, second)

	finish := models.Finish{UploadID: uploadID, State: models.UploadDone, Percent: 100, Seq: 9000, Steps: models.NewSteps()}
	stall := models.Stall{UploadID: uploadID, Step: models.StepMove, Cause: "no", Seq: 8000}
	for range 2 {
		_, err = k.ExecuteActivity(k.acts.Notify, finish)
		require.NoError(t, err)
		_, err = k.ExecuteActivity(k.acts.Stall, stall)
		require.NoError(t, err)
	}
	require.Equal(t, models.UploadDone, k.rows.finished[uploadID].State)

	k.rows.down = fmt.Errorf("no room: %w", models.ErrQuotaExceeded)
	_, err = k.ExecuteActivity(k.acts.CreateVersion, activities.VersionInput{Mark: mark(models.StepVersion)})
	failure(t, err, activities.ErrTypeQuota, false)

	k.rows.down = errDown
	_, err = k.ExecuteActivity(k.acts.CreateVersion, activities.VersionInput{Mark: mark(models.StepVersion)})
	failure(t, err, activities.ErrTypeDatabase, true)
	_, err = k.ExecuteActivity(k.acts.Notify, finish)
	failure(t, err, activities.ErrTypeDatabase, true)
	_, err = k.ExecuteActivity(k.acts.Stall, stall)
	failure(t, err, activities.ErrTypeDatabase, true)
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	in := activities.DiscardInput{UploadID: uploadID}
	k := newKit(t)
	k.put(t, original, picture)
	k.put(t, storage.StagedRef(uploadID, "full"), "full")
	k.put(t, storage.OriginalRef(otherID), picture)
	k.put(t, storage.VariantRef(uploadID, "full"), "full")
	for range 2 {
		_, err := k.ExecuteActivity(k.acts.DiscardStaged, in)
		require.NoError(t, err)
		require.Equal(t, []string{storage.OriginalRef(otherID).String(), storage.VariantRef(uploadID, "full").String()}, k.objects(t))
	}
	k.rows.pinned[uploadID] = true
	_, err := k.ExecuteActivity(k.acts.DiscardBlob, in)
	require.NoError(t, err)
	require.Len(t, k.objects(t), 2, "what somebody else uses stays")
	k.rows.pinned[uploadID] = false
	for range 2 {
		_, err = k.ExecuteActivity(k.acts.DiscardBlob, in)
		require.NoError(t, err)
		require.Equal(t, []string{storage.OriginalRef(otherID).String()}, k.objects(t))
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	in := activities.DiscardInput{UploadID: uploadID}
	k := newKit(t)
	_, err := k.ExecuteActivity(k.acts.Quarantine, in)
	require.Error(t, err, "nothing to lock up")
	k.put(t, original, picture)
	for range 2 {
		_, err := k.ExecuteActivity(k.acts.Quarantine, in)
		require.NoError(t, err)
		require.Equal(t, []string{storage.QuarantineRef(uploadID).String()}, k.objects(t))
	}
}

func TestHousekeeping(t *testing.T) {
	t.Parallel()
	t.Run("restart goes on after one that fails", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.rows.lost = []models.Upload{{ID: otherID}, {ID: uploadID}}
		k.starter.err = errors.New("engine is down")
		_, err := do[int](k, k.acts.RestartUploads, activities.RestartInput{})
		require.ErrorContains(t, err, "engine is down")
		require.Equal(t, []string{uploadID}, k.starter.started)
	})
	t.Run("sweep of receiving", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.rows.states[uploadID] = models.UploadReceiving
		k.put(t, original, picture)
		k.put(t, storage.OriginalRef(otherID), picture)
		n, err := do[int](k, k.acts.SweepReceiving, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, []string{storage.OriginalRef(otherID).String()}, k.objects(t))
	})
	t.Run("uploads that came whole in parts are put together, not failed", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.rows.states[uploadID], k.rows.states[otherID] = models.UploadReceiving, models.UploadReceiving
		k.rows.complete = []string{otherID, uploadID} // the first one fails
		k.assembler.do = func(id string) error {
			if id == otherID {
				return errors.New("a part is lost")
			}
			k.rows.states[id] = models.UploadProcessing
			return nil
		}
		k.put(t, storage.PartRef(uploadID, 0, "w"), picture)
		n, err := do[int](k, k.acts.SweepReceiving, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, models.UploadProcessing, k.rows.states[uploadID])
		require.Equal(t, models.UploadFailed, k.rows.states[otherID])
		require.Len(t, k.objects(t), 1)
	})
	t.Run("sweep of tmp leaves the parts of an upload that can be resumed", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		k.rows.states[uploadID], k.rows.states[otherID] = models.UploadReceiving, models.UploadFailed
		live, dead := storage.PartRef(uploadID, 0, "w"), storage.PartRef(otherID, 0, "w")
		k.put(t, live, picture)
		k.put(t, dead, picture)
		n, err := do[int](k, k.acts.SweepTmp, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, []string{live.String()}, k.objects(t))
	})
	t.Run("sweep of tmp leaves what is open or locked up", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		gone := "0192f0c1-0000-7000-8000-000000000003"
		k.rows.states[uploadID], k.rows.states[otherID] = models.UploadProcessing, models.UploadDone
		for _, id := range []string{uploadID, otherID, gone} {
			k.put(t, storage.OriginalRef(id), picture)
		}
		k.put(t, storage.QuarantineRef(otherID), picture)
		n, err := do[int](k, k.acts.SweepTmp, activities.SweepInput{Receiving: 1 << 40})
		require.NoError(t, err)
		require.Zero(t, n, "young objects stay")
		n, err = do[int](k, k.acts.SweepTmp, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.Equal(t, []string{storage.QuarantineRef(otherID).String(), original.String()}, k.objects(t))
	})
	t.Run("sweep of final leaves what has a blob or is open", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		gone := "0192f0c1-0000-7000-8000-000000000003"
		k.rows.blobs["a"] = models.Blob{ID: otherID}
		k.rows.states[uploadID], k.rows.states[otherID] = models.UploadProcessing, models.UploadDone
		for _, id := range []string{uploadID, otherID, gone} {
			k.put(t, storage.VariantRef(id, "full"), picture)
			k.put(t, storage.VariantRef(id, "thumb"), picture)
		}
		n, err := do[int](k, k.acts.SweepFinal, activities.SweepInput{Receiving: 1 << 40})
		require.NoError(t, err)
		require.Zero(t, n, "young objects stay")
		n, err = do[int](k, k.acts.SweepFinal, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.Len(t, k.objects(t), 4)
	})
	t.Run("trash and blobs", func(t *testing.T) {
		t.Parallel()
		k := newKit(t)
		n, err := do[int](k, k.acts.PurgeTrash, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 3, n)
		k.rows.deleted = map[string]int{uploadID: 5, otherID: 0}
		_, err = do[int](k, k.acts.PurgeTrash, activities.SweepInput{})
		require.NoError(t, err)
		require.Empty(t, k.rows.deleted, "all that deleted users had is gone")
		k.rows.blobs["a"], k.rows.blobs["b"] = models.Blob{ID: uploadID}, models.Blob{ID: otherID}
		k.rows.pinned[otherID] = true
		k.put(t, storage.VariantRef(uploadID, "full"), "x")
		k.put(t, storage.VariantRef(otherID, "full"), "y")
		n, err = do[int](k, k.acts.CollectBlobs, activities.SweepInput{})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, []string{storage.VariantRef(otherID, "full").String()}, k.objects(t))
	})
}

func TestFingerprintNamesWhatDecidesTheBytes(t *testing.T) {
	t.Parallel()
	s := activities.CodecSettings{MaxSide: 2560, PreviewSide: 1280, ThumbSide: 400, Quality: 80, MaxPixels: 1e8, MaxFrames: 1000}
	require.Equal(t, "v1-full2560-preview1280-thumb400-q80", s.Fingerprint(), "rows of before the search carry it")
	s.Format = "webp"
	require.Equal(t, "v1-full2560-preview1280-thumb400-q80", s.Fingerprint(), "it says the same")
	s.MinSSIM = 0.98
	require.Equal(t, "v2-full2560-preview1280-thumb400-webp-ssim0.98-q80", s.Fingerprint())
	s.Format = ""
	require.Equal(t, "v2-full2560-preview1280-thumb400-webp-ssim0.98-q80", s.Fingerprint())
	s.Format, s.MinSSIM = "avif", 0
	require.Equal(t, "v2-full2560-preview1280-thumb400-avif-ssim0-q80", s.Fingerprint())

	var old activities.CodecSettings
	require.NoError(t, json.Unmarshal([]byte(`{"maxSide":2560,"previewSide":1280,"thumbSide":400,"quality":80,"maxPixels":1,"maxFrames":1}`), &old))
	require.Zero(t, old.MinSSIM, "the quality stays fixed for workflows that were started before")
	require.Empty(t, old.Format)
}
