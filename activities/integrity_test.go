package activities_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/activities"
	"safelight/models"
	"safelight/storage"
)

const reportID = "0192f0c1-0000-7000-8000-0000000000cc"

// pages runs a phase to its end, each page twice, as a retry would.
func (k *kit) pages(t *testing.T, phase activities.IntegrityPhase, grace time.Duration) models.IntegrityCounts {
	t.Helper()
	in, sum := activities.CheckInput{ReportID: reportID, Phase: phase, Grace: grace}, models.IntegrityCounts{}
	for {
		_, err := do[activities.CheckResult](k, k.acts.Check, in)
		require.NoError(t, err)
		res, err := do[activities.CheckResult](k, k.acts.Check, in)
		require.NoError(t, err)
		sum, in.Cursor = sum.Add(res.Counts), res.Next
		if res.Next == "" {
			return sum
		}
	}
}

// everything runs all phases that look.
func (k *kit) everything(t *testing.T, grace time.Duration) []string {
	t.Helper()
	for _, phase := range []activities.IntegrityPhase{
		activities.PhaseFinal, activities.PhaseBlobs, activities.PhaseTmp, activities.PhaseQuarantine, activities.PhaseQuarantineRows,
	} {
		k.pages(t, phase, grace)
	}
	return k.found()
}

func (k *kit) found() []string {
	var out []string
	for _, f := range k.rows.findings {
		out = append(out, fmt.Sprintf("%s %s %s", f.Kind, f.Key, f.State))
	}
	return out
}

// keep stores a blob of two variants, as row and as objects.
func (k *kit) keep(t *testing.T, id string) models.Blob {
	t.Helper()
	b := models.Blob{ID: id, SHA256: id, Settings: "test"}
	for _, name := range []string{"full", "thumb"} {
		ref := storage.VariantRef(id, name)
		k.put(t, ref, name+" of "+id)
		b.Variants = append(b.Variants, models.Variant{
			Name: name, Key: ref.Key, MIMEType: "image/webp", Size: int64(len(name + " of " + id)), Width: 4, Height: 3, SHA256: hash([]byte(name + " of " + id)),
		})
	}
	k.rows.blobs[id+"test"] = b
	return b
}

func numbered(n int) string { return fmt.Sprintf("0192f0c1-0000-7000-8000-%012d", n) }

func TestNothingWrong(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i := range 30 { // more than a page of hashes
		k.keep(t, numbered(100+i))
	}
	k.rows.states[uploadID] = models.UploadStalled
	k.put(t, original, picture)
	k.put(t, storage.VariantRef(uploadID, "full"), "on its way, before its row")
	k.put(t, storage.QuarantineRef(uploadID), "locked up, before its row")
	k.put(t, storage.QuarantineRef(otherID), "virus")
	k.rows.states[otherID], k.rows.locked[otherID] = models.UploadRejected, models.QuarantineHeld
	require.Empty(t, k.everything(t, -time.Minute))
	require.Equal(t, int64(60), k.pages(t, activities.PhaseBlobs, 0).Rows)
	require.Equal(t, int64(61), k.pages(t, activities.PhaseFinal, 0).Objects)
	require.Positive(t, k.pages(t, activities.PhaseBlobs, 0).HashedBytes)
}

// broken is a kit with one fault of each kind.
func broken(t *testing.T) *kit {
	t.Helper()
	k := newKit(t)
	k.keep(t, numbered(1))
	k.keep(t, numbered(2))
	k.put(t, storage.VariantRef(numbered(1), "full"), "FULL of "+numbered(1)) // the same size
	require.NoError(t, k.store.Delete(t.Context(), storage.VariantRef(numbered(2), "thumb")))
	k.put(t, storage.VariantRef(numbered(2), "old"), "stray")
	k.put(t, storage.VariantRef(numbered(3), "full"), "orphan")
	k.put(t, storage.StagedRef(otherID, "full"), "leftover")
	k.rows.states[otherID] = models.UploadDone
	k.put(t, storage.QuarantineRef(numbered(4)), "nobody's")
	k.rows.locked[numbered(5)] = models.QuarantineHeld
	return k
}

func wrong(state models.FindingState) []string {
	s := " " + string(state)
	return []string{
		"stray_object blobs/" + numbered(2) + "/old" + s,
		"orphan_object blobs/" + numbered(3) + "/full" + s,
		"damaged_object blobs/" + numbered(1) + "/full" + s,
		"missing_object blobs/" + numbered(2) + "/thumb" + s,
		"tmp_leftover uploads/" + otherID + "/out/full" + s,
		"quarantine_orphan quarantine/" + numbered(4) + s,
		"quarantine_missing quarantine/" + numbered(5) + s,
	}
}

func TestEveryKindOfFault(t *testing.T) {
	t.Parallel()
	k := broken(t)
	before := k.objects(t)
	require.Equal(t, wrong(models.FindingOpen), k.everything(t, -time.Minute))
	require.Equal(t, before, k.objects(t), "looking changes nothing")
}

func TestWhatIsYoungIsOnItsWay(t *testing.T) {
	t.Parallel()
	k := broken(t)
	require.Equal(t, []string{wrong(models.FindingOpen)[2], wrong(models.FindingOpen)[3], wrong(models.FindingOpen)[6]}, k.everything(t, time.Hour),
		"rows without their object are wrong at once, objects without a row are not")
}

func TestEveryKindOfRepair(t *testing.T) {
	t.Parallel()
	k := broken(t)
	k.everything(t, -time.Minute)
	for range 2 {
		k.pages(t, activities.PhaseRepair, -time.Minute)
	}
	require.Equal(t, wrong(models.FindingRepaired), k.found())
	require.Equal(t, []string{
		"final/blobs/" + numbered(1) + "/full", "final/blobs/" + numbered(1) + "/thumb", "final/blobs/" + numbered(2) + "/full",
	}, k.objects(t), "a damaged object stays: it may be all there is")
	require.Equal(t, map[string]bool{numbered(1): true, numbered(2): true}, k.rows.damaged)
	require.Equal(t, models.QuarantineLost, k.rows.locked[numbered(5)])

	// The next check finds only what no repair brings back, and no mark is lost.
	k.rows.findings = nil
	require.Equal(t, []string{wrong(models.FindingOpen)[2], wrong(models.FindingOpen)[3]}, k.everything(t, -time.Minute))
	require.Len(t, k.rows.damaged, 2)

	// Objects that somebody brings back clear the mark.
	k.keep(t, numbered(1))
	k.keep(t, numbered(2))
	k.rows.findings = nil
	require.Empty(t, k.everything(t, -time.Minute))
	require.Empty(t, k.rows.damaged)
}

func TestARepairLooksAgain(t *testing.T) {
	t.Parallel()
	k := broken(t)
	k.everything(t, -time.Minute)
	k.keep(t, numbered(1))
	k.keep(t, numbered(2))
	k.rows.blobs["stray"] = models.Blob{ID: numbered(2), Variants: []models.Variant{{Name: "old", Key: storage.VariantRef(numbered(2), "old").Key}}}
	k.keep(t, numbered(3))
	k.rows.states[otherID] = models.UploadProcessing
	k.rows.locked[numbered(4)] = models.QuarantineHeld
	k.put(t, storage.QuarantineRef(numbered(5)), "here it is")
	before := k.objects(t)
	k.pages(t, activities.PhaseRepair, -time.Minute)
	require.Equal(t, wrong(models.FindingGone), k.found())
	require.Equal(t, before, k.objects(t))
	require.Empty(t, k.rows.damaged)
}

func TestARepairOfMoreThanAPage(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i := range 130 {
		k.put(t, storage.VariantRef(numbered(i), "full"), "orphan")
	}
	k.everything(t, -time.Minute)
	k.pages(t, activities.PhaseRepair, -time.Minute)
	require.Empty(t, k.objects(t))
	require.Len(t, k.rows.findings, 130)
	for _, f := range k.rows.findings {
		require.Equal(t, models.FindingRepaired, f.State)
	}
}

func TestACheckThatHasEndedStops(t *testing.T) {
	t.Parallel()
	for _, phase := range []activities.IntegrityPhase{activities.PhaseFinal, activities.PhaseRepair} {
		k := broken(t)
		k.everything(t, -time.Minute)
		k.rows.report = &models.IntegrityReport{State: models.ReportFailed}
		_, err := do[activities.CheckResult](k, k.acts.Check, activities.CheckInput{ReportID: reportID, Phase: phase, Grace: -time.Minute})
		failure(t, err, "CheckHasEnded", false)
		require.Equal(t, wrong(models.FindingOpen), k.found())
	}
	k := newKit(t)
	_, err := do[activities.CheckResult](k, k.acts.Check, activities.CheckInput{ReportID: reportID, Phase: "polish"})
	failure(t, err, "NoSuchPhase", false)
}

func TestACheckIsRetriedWhileAPartIsDown(t *testing.T) {
	t.Parallel()
	for _, phase := range []activities.IntegrityPhase{
		activities.PhaseFinal, activities.PhaseBlobs, activities.PhaseTmp, activities.PhaseQuarantine, activities.PhaseQuarantineRows, activities.PhaseRepair,
	} {
		k := broken(t)
		k.rows.down = errDown
		_, err := do[activities.CheckResult](k, k.acts.Check, activities.CheckInput{ReportID: reportID, Phase: phase, Grace: -time.Minute})
		require.Error(t, err, phase)
		require.False(t, nonRetryable(err), phase)
	}
}

func TestBeginAndEndOfACheck(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	in := activities.BeginCheckInput{ReportID: reportID, Run: "integrity/1", Repair: true}
	for range 2 {
		id, err := do[string](k, k.acts.BeginCheck, in)
		require.NoError(t, err)
		require.Equal(t, reportID, id)
	}
	in.Run = "integrity/2"
	_, err := do[string](k, k.acts.BeginCheck, in)
	failure(t, err, "CheckRunning", false)
	counts := models.IntegrityCounts{Objects: 1, Rows: 2, HashedBytes: 3}
	for range 2 {
		_, err := k.ExecuteActivity(k.acts.EndCheck, activities.EndCheckInput{ReportID: reportID, State: models.ReportDone, Counts: counts})
		require.NoError(t, err)
	}
	require.Equal(t, models.ReportDone, k.rows.report.State)
	require.Equal(t, counts, k.rows.report.Counts)
}

// An upload of the same bytes puts its own objects in the place of damaged ones.
func TestAnUploadMendsADamagedBlob(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put(t, original, picture)
	made, err := do[activities.CompressResult](k, k.acts.Compress, activities.CompressInput{Mark: mark(models.StepCompress), Object: original})
	require.NoError(t, err)
	for i := range made.Variants { // what is stored is what this upload makes
		made.Variants[i].SHA256 = hash([]byte(k.read(t, storage.StagedRef(uploadID, made.Variants[i].Name))))
	}
	stored := models.Blob{ID: otherID, SHA256: hash([]byte(picture)), Settings: "test"}
	for _, v := range made.Variants {
		v.Key = storage.VariantRef(otherID, v.Name).Key
		stored.Variants = append(stored.Variants, v)
		k.put(t, storage.VariantRef(otherID, v.Name), "x"+k.read(t, storage.StagedRef(uploadID, v.Name))[1:])
	}
	k.rows.blobs[stored.SHA256+"test"] = stored
	k.rows.damaged[otherID] = true
	in := activities.MoveInput{Mark: mark(models.StepMove), SHA256: stored.SHA256, Settings: "test", Variants: made.Variants}
	for range 2 {
		res, err := do[activities.MoveResult](k, k.acts.Move, in)
		require.NoError(t, err)
		require.Equal(t, otherID, res.BlobID)
	}
	require.Empty(t, k.rows.damaged)
	for _, v := range stored.Variants {
		require.Equal(t, v.SHA256, hash([]byte(k.read(t, storage.Ref{Bucket: storage.Final, Key: v.Key}))))
	}
}

// Bytes of another encoder cannot stand in: what is there stays, and its mark.
func TestAnUploadOfOtherBytesMendsNothing(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	blob := k.keep(t, otherID)
	k.put(t, storage.VariantRef(otherID, "full"), "FULL of "+otherID)
	k.rows.damaged[otherID] = true
	in := activities.MoveInput{Mark: mark(models.StepMove), SHA256: otherID, Settings: "test"}
	for _, v := range blob.Variants {
		v.Key, v.SHA256 = storage.VariantRef(uploadID, v.Name).Key, hash([]byte("other"))
		k.put(t, storage.StagedRef(uploadID, v.Name), "other bytes of this size, or so")
		in.Variants = append(in.Variants, v)
	}
	_, err := do[activities.MoveResult](k, k.acts.Move, in)
	require.NoError(t, err)
	require.Equal(t, map[string]bool{otherID: true}, k.rows.damaged)
	require.Equal(t, "FULL of "+otherID, k.read(t, storage.VariantRef(otherID, "full")))
}
