//go:build integration

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit"
	"safelight/models"
	"safelight/storage"
	"safelight/storage/storagetest/supabase"
	"safelight/workflows"
)

// once are the faults that a call meets once.
func once() []supabase.Fault {
	return []supabase.Fault{
		supabase.TooMany, supabase.Internal, supabase.BadGateway, supabase.Empty, supabase.Reset, supabase.ResetMidway,
		supabase.Silent, supabase.Slow, supabase.HalfBody, supabase.LostReply, supabase.LostReply500,
	}
}

// lasting are those that outlast the driver's own tries, which are three, so
// that the step itself has to come again.
func lasting() []supabase.Fault {
	return []supabase.Fault{supabase.Internal, supabase.LostReply}
}

// outlasting is for two attempts of the step, and one try of the third.
const outlasting = 7

// plansAt are all that can go wrong at these calls, one after the other.
func plansAt(at []spot) []*plan {
	var plans []*plan
	for _, s := range at {
		for _, f := range once() {
			plans = append(plans, &plan{at: s, fault: f, times: 1, seen: spots{}})
		}
		for _, f := range lasting() {
			plans = append(plans, &plan{at: s, fault: f, times: outlasting, seen: spots{}})
		}
	}
	return plans
}

// callsOf are those that came for an upload.
func (p *pipeline) callsOf(up models.Upload) []spot {
	seen := spots{}
	var at []spot
	for _, c := range p.server.Calls() {
		if ids.FindString(c.Key) == up.ID {
			at = append(at, seen.of(c))
		}
	}
	return at
}

// every sends an upload that nothing goes wrong with, and then one for each
// thing that can go wrong at each call that the first one made, and waits for
// all of them. It leaves calls out that were seen to, and gives those that it saw to.
func (p *pipeline) every(send func(*plan) models.Upload, judge func(models.Upload, workflows.UploadResult), seen ...spot) []spot {
	t := p.t
	t.Helper()
	first := send(nil)
	res := p.end(first)
	at := slices.DeleteFunc(p.callsOf(first), func(s spot) bool { return slices.Contains(seen, s) })
	judge(first, res)
	t.Logf("%d calls: %v", len(at), at)
	plans := plansAt(at)
	ups := make([]models.Upload, len(plans))
	for i, wrong := range plans {
		ups[i] = send(wrong)
	}
	t.Logf("%d uploads are on their way", len(ups))
	for i, up := range ups {
		judge(up, p.end(up))
		require.NotZero(t, p.faults.hits(plans[i]), "did not happen: %s", plans[i])
	}
	t.Log("all of them have ended")
	return at
}

// TestEveryFaultOfTheStoreAtEveryCall: an upload of which any call to the object
// store goes wrong in any way ends as if none had, with all of its bytes, and
// leaves nothing behind.
//
//nolint:paralleltest // its parts share one pipeline
func TestEveryFaultOfTheStoreAtEveryCall(t *testing.T) {
	p := newPipeline(t)
	stored := map[string]bool{} // keys of the final bucket
	created := func(up models.Upload, res workflows.UploadResult) {
		require.Equal(t, models.UploadDone, res.State, "%s", p.faults.planOf(up))
		require.Equal(t, models.OutcomeCreated, res.Outcome)
		file, err := p.rows.FileByID(t.Context(), models.Scope{OwnerID: p.owner}, res.FileID)
		require.NoError(t, err)
		blob := file.Current.Blob
		require.Equal(t, up.ID, blob.ID)
		require.Equal(t, up.SHA256, blob.SHA256)
		require.Len(t, blob.Variants, 3)
		for _, v := range blob.Variants {
			p.whole(v)
			stored[v.Key] = true
		}
	}
	seen := p.every(func(wrong *plan) models.Upload { return p.send(p.picture(testkit.JPEG), wrong) }, created)
	// What is the same however an upload came need not be seen to again; its original is put together here.
	original := spot{op: supabase.OpUpload, key: "tmp/uploads/*/original", n: 1}
	seen = slices.DeleteFunc(seen, func(s spot) bool { return s == original })
	seen = append(seen, p.every(func(wrong *plan) models.Upload { return p.inParts(p.picture(testkit.JPEG), wrong) }, created, seen...)...)
	require.Empty(t, p.keys(storage.Tmp))

	locked := map[string]bool{}
	p.every(func(wrong *plan) models.Upload {
		return p.send(p.picture(testkit.InfectedJPEG), wrong)
	}, func(up models.Upload, res workflows.UploadResult) {
		require.Equal(t, models.UploadRejected, res.State)
		require.Equal(t, models.RejectInfected, res.Rejection.Code)
		ref := storage.QuarantineRef(up.ID)
		locked[ref.Key] = true
		require.Equal(t, up.SHA256, p.hash(ref, up.Size))
	}, seen...)

	require.ElementsMatch(t, keysOf(locked), p.keys(storage.Tmp), "what is locked up, and nothing else")
	require.ElementsMatch(t, keysOf(stored), p.keys(storage.Final), "what the rows name, and nothing else")
	files, err := p.server.Files()
	require.NoError(t, err)
	require.Equal(t, len(locked)+len(stored), files, "nor lies anything on the server that is no object")
	t.Logf("%d uploads", p.sent)
}

// whole demands that an object is what its row says.
func (p *pipeline) whole(v models.Variant) {
	p.t.Helper()
	ref := storage.Ref{Bucket: storage.Final, Key: v.Key}
	require.Equal(p.t, v.SHA256, p.hash(ref, v.Size), "%s", ref)
	info, err := p.objects.Stat(p.t.Context(), ref)
	require.NoError(p.t, err)
	require.Equal(p.t, v.MIMEType, info.ContentType)
}

// hash reads an object to its end.
func (p *pipeline) hash(ref storage.Ref, size int64) string {
	p.t.Helper()
	r, info, err := p.objects.Open(p.t.Context(), ref, 0, -1)
	require.NoError(p.t, err)
	defer r.Close()
	require.Equal(p.t, size, info.Size)
	sum := sha256.New()
	_, err = io.Copy(sum, r)
	require.NoError(p.t, err)
	return hex.EncodeToString(sum.Sum(nil))
}

func (p *pipeline) keys(bucket storage.Bucket) (keys []string) {
	p.t.Helper()
	for cursor := ""; ; {
		page, err := p.objects.List(p.t.Context(), bucket, "", cursor, 0)
		require.NoError(p.t, err)
		for _, o := range page.Objects {
			keys = append(keys, o.Ref.Key)
		}
		if cursor = page.Next; cursor == "" {
			return keys
		}
	}
}

func keysOf(set map[string]bool) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
