//go:build integration

package store_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"safelight/internal/imaging/phash"
	"safelight/internal/imaging/phash/phashtest"
	"safelight/internal/testkit"
	"safelight/models"
	"safelight/models/migrations"
	"safelight/models/store"
)

// look is what is kept of how a picture looks; old leaves out what pictures of
// before have not.
type look struct {
	likeness []byte
	hash     uint64
}

func lookOf(t *testing.T, scene, orientation int, cut float64) look {
	t.Helper()
	img := phashtest.Crop(phashtest.Turn(phashtest.Scene(scene), orientation), [4]float64{cut, 0, 0, cut})
	l, err := phash.LikenessOf(img.Rect.Dx(), img.Rect.Dy(), img.Pix)
	require.NoError(t, err)
	h, err := phash.Hash(img.Rect.Dx(), img.Rect.Dy(), img.Pix)
	require.NoError(t, err)
	return look{likeness: l[:], hash: h}
}

func (l look) old() look { return look{hash: l.hash} }

// looking stores a file that looks so, or the next version of one.
func (d db) looking(owner models.User, l look, target ...string) string {
	d.t.Helper()
	up := d.accepted(owner, "looks "+id(), target...)
	_, err := d.ClaimContent(d.t.Context(), up.ID, up.OwnerID, up.SHA256)
	require.NoError(d.t, err)
	blob := blobOf(up)
	blob.Likeness, blob.PHash = l.likeness, l.hash
	_, err = d.AdoptBlob(d.t.Context(), up.ID, blob)
	require.NoError(d.t, err)
	res, err := d.CreateVersion(d.t.Context(), up.ID)
	require.NoError(d.t, err)
	require.NoError(d.t, d.FinishUpload(d.t.Context(), finish(up, models.UploadDone)))
	return res.FileID
}

func (d db) similar(scope models.Scope, file string) map[string]int {
	d.t.Helper()
	p, err := d.SimilarFiles(d.t.Context(), scope, file, 200, "")
	require.NoError(d.t, err)
	require.Empty(d.t, p.Next)
	found := map[string]int{}
	last := 0
	for _, f := range p.Items {
		require.GreaterOrEqual(d.t, f.Distance, last, "nearest first")
		last, found[f.ID] = f.Distance, f.Distance
		require.Len(d.t, f.Current.Blob.Variants, 3)
	}
	return found
}

func TestSimilarFiles(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	file := d.looking(owner, lookOf(t, 1, 1, 0))
	same, cropped := d.looking(owner, lookOf(t, 1, 1, 0)), d.looking(owner, lookOf(t, 1, 1, 0.05))
	want := map[string]bool{same: true, cropped: true}
	for orientation := 2; orientation <= 8; orientation++ {
		want[d.looking(owner, lookOf(t, 1, orientation, 0))] = true
	}
	d.looking(owner, lookOf(t, 2, 1, 0))
	d.looking(owner, lookOf(t, 11, 1, 0)) // another of the same kind
	d.looking(other, lookOf(t, 1, 1, 0))
	trashed := d.looking(owner, lookOf(t, 1, 1, 0))
	_, err := d.TrashFile(t.Context(), mine(owner), trashed)
	require.NoError(t, err)

	found := d.similar(mine(owner), file)
	require.Len(t, found, len(want))
	for id := range want {
		require.Contains(t, found, id)
	}
	require.Zero(t, found[same])
	require.Positive(t, found[cropped])
	require.Equal(t, found, d.similar(anyone, file), "an admin sees the files of the owner, not all that there are")
	require.Len(t, d.similar(mine(owner), trashed), len(want)+1, "what lies in the trash can be asked about")

	for _, scope := range []models.Scope{mine(other), {}} {
		_, err = d.SimilarFiles(t.Context(), scope, file, 10, "")
		require.ErrorIs(t, err, models.ErrNotFound)
	}
	for _, junk := range []string{id(), "x", ""} {
		_, err = d.SimilarFiles(t.Context(), anyone, junk, 10, "")
		require.ErrorIs(t, err, models.ErrNotFound)
	}
}

func TestSimilarityFollowsTheCurrentVersion(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	asked := d.looking(owner, lookOf(t, 1, 1, 0))
	file := d.looking(owner, lookOf(t, 1, 3, 0))
	require.Contains(t, d.similar(mine(owner), asked), file)
	require.Equal(t, file, d.looking(owner, lookOf(t, 5, 1, 0), file))
	require.Empty(t, d.similar(mine(owner), asked))
	_, err := d.RestoreVersion(t.Context(), mine(owner), owner.ID, file, 1)
	require.NoError(t, err)
	require.Contains(t, d.similar(mine(owner), asked), file)
	_, err = d.TrashFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	require.Empty(t, d.similar(mine(owner), asked))
	_, err = d.RestoreFile(t.Context(), mine(owner), file)
	require.NoError(t, err)
	require.Contains(t, d.similar(mine(owner), asked), file)
}

// What was stored before there were likenesses is compared by its hash, and so
// is everything with it.
func TestSimilarFilesOfBefore(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	file := d.looking(owner, lookOf(t, 1, 1, 0))
	old := d.looking(owner, lookOf(t, 1, 2, 0).old())
	older := d.looking(owner, lookOf(t, 1, 6, 0).old())
	d.looking(owner, lookOf(t, 2, 1, 0).old())
	for asked, want := range map[string][]string{file: {old, older}, old: {file, older}, older: {file, old}} {
		found := d.similar(mine(owner), asked)
		require.Len(t, found, 2)
		for _, id := range want {
			require.Zero(t, found[id]%phash.HashScale)
			require.Contains(t, found, id)
		}
	}
}

// The database counts as the package does.
func TestSimilarDistances(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	r := rand.New(rand.NewPCG(3, 5))
	asked := lookOf(t, 3, 1, 0)
	file := d.looking(owner, asked)
	want := map[string]int{}
	for range 60 {
		l := asked
		var near phash.Likeness
		copy(near[:], l.likeness)
		near = near.Turned()[r.IntN(8)]
		for range r.IntN(60) {
			near[r.IntN(32)] ^= 1 << r.IntN(8)
		}
		distance := 256
		for _, turned := range phash.Likeness(asked.likeness).Turned() {
			distance = min(distance, turned.Distance(near))
		}
		id := d.looking(owner, look{likeness: near[:], hash: r.Uint64()})
		if distance <= phash.MaxAlike {
			want[id] = distance
		}
	}
	require.Greater(t, len(want), 10)
	require.Less(t, len(want), 60)
	require.Equal(t, want, d.similar(mine(owner), file))
}

func TestSimilarCursors(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner := d.user()
	asked := lookOf(t, 3, 1, 0)
	file, another := d.looking(owner, asked), d.looking(owner, lookOf(t, 5, 1, 0))
	for i := range 23 { // several at each distance
		l := append([]byte{}, asked.likeness...)
		for bit := range i / 4 {
			l[bit] ^= 1
		}
		d.looking(owner, look{likeness: l, hash: asked.hash})
	}
	seen, cursor, last := map[string]bool{}, "", -1
	for {
		p, err := d.SimilarFiles(t.Context(), mine(owner), file, 5, cursor)
		require.NoError(t, err)
		for _, f := range p.Items {
			require.False(t, seen[f.ID], "twice")
			require.GreaterOrEqual(t, f.Distance, last)
			seen[f.ID], last = true, f.Distance
		}
		if p.Next == "" {
			break
		}
		require.Len(t, p.Items, 5)
		cursor = p.Next
	}
	require.Len(t, seen, 23)
	require.Equal(t, 5, last)
	for _, bad := range []string{"!", "e30", cursor + "A"} {
		_, err := d.SimilarFiles(t.Context(), mine(owner), file, 5, bad)
		require.ErrorIs(t, err, models.ErrBadCursor, bad)
	}
	_, err := d.SimilarFiles(t.Context(), mine(owner), another, 5, cursor)
	require.ErrorIs(t, err, models.ErrBadCursor, "of another file")
	list, err := d.ListFiles(t.Context(), models.FileFilter{Scope: mine(owner), Limit: 1})
	require.NoError(t, err)
	_, err = d.SimilarFiles(t.Context(), mine(owner), file, 5, list.Next)
	require.ErrorIs(t, err, models.ErrBadCursor, "of another list")
}

// The migration gives files of before the hash of their current version.
func TestMigrationKeepsHashes(t *testing.T) {
	t.Parallel()
	url := testkit.EmptyDatabase(t)
	conn, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer conn.Close()
	runner, err := goose.NewProvider(goose.DialectPostgres, conn, migrations.FS, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = runner.UpTo(t.Context(), 6)
	require.NoError(t, err)
	owner, file, blob := id(), id(), id()
	d := db{t: t, url: url}
	d.sql(fmt.Sprintf(`
		INSERT INTO users (id, email, name, role, password_hash, quota_bytes) VALUES ('%[1]s', 'a@example.com', 'Ada', 'user', 'x', 1);
		INSERT INTO blobs (id, sha256, settings, original_size, mime_type, width, height, thumbhash, phash)
		VALUES ('%[3]s', '%[4]s', 's', 1, 'image/webp', 1, 1, '', -77);
		INSERT INTO files (id, owner_id, name, current_version, size) VALUES ('%[2]s', '%[1]s', 'a.jpg', 1, 1);
		INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by)
		VALUES (gen_random_uuid(), '%[2]s', '%[1]s', 1, '%[3]s', '%[4]s', 1, '%[1]s')`, owner, file, blob, hash("a")))
	require.NoError(t, store.Migrate(t.Context(), url))
	require.Equal(t, int64(-77), value[int64](d, `SELECT phash FROM files`))
	require.True(t, value[bool](d, `SELECT likeness IS NULL FROM files`))
	_, err = runner.DownTo(t.Context(), 6)
	require.NoError(t, err)
}
