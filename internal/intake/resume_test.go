package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
	"safelight/storage"
)

func TestAnUploadInSeveralRequests(t *testing.T) {
	t.Parallel()
	b, picture := newTusBench(t), string(jpeg(5500))
	b.begin(t, len(picture))
	for _, cut := range [][2]int{{0, 100}, {100, 400}, {400, 3400}, {3400, 5500}} { // the type shows in the third
		up, err := b.Write(t.Context(), b.chunkFor(body(picture[cut[0]:cut[1]])))
		require.NoError(t, err)
		require.Equal(t, int64(cut[1]), up.Received)
		require.Equal(t, cut[1] == len(picture), up.Taken())
	}
	require.Equal(t, picture, b.content(t))
	sum := sha256.Sum256([]byte(picture))
	row := b.rows.rows[b.tus.up.ID]
	require.Equal(t, hex.EncodeToString(sum[:]), row.SHA256)
	require.Equal(t, int64(len(picture)), row.Size)
	require.Len(t, b.objects(t), 1, "the parts are gone")
	require.Equal(t, []string{row.ID}, b.starter.started)
	sizes := make([]int64, len(b.tus.parts))
	for i, p := range b.tus.parts {
		sizes[i] = p.Size
	}
	require.Equal(t, []int64{100, 300, 1000, 1000, 1000, 1000, 1000, 100}, sizes)

	up, err := b.Write(t.Context(), b.chunkFor(body("")))
	require.NoError(t, err, "its answer was lost, perhaps")
	require.True(t, up.Taken())
	late := b.chunkFor(body("x"))
	late.Offset = 7
	_, err = b.Write(t.Context(), late)
	require.ErrorIs(t, err, models.ErrWrongOffset)
}

func TestWhatBreaksIsKept(t *testing.T) {
	t.Parallel()
	b, picture := newTusBench(t), string(jpeg(5000))
	b.begin(t, len(picture))
	up, err := b.Write(t.Context(), b.chunkFor(broken(picture[:2300], io.ErrUnexpectedEOF)))
	var cut *BodyError
	require.ErrorAs(t, err, &cut)
	require.Equal(t, int64(2300), up.Received)
	_, err = b.Write(t.Context(), b.chunkFor(broken("", io.ErrUnexpectedEOF)))
	require.ErrorAs(t, err, &cut)
	require.Len(t, b.tus.parts, 3, "nothing came, nothing is stored")
	up, err = b.Write(t.Context(), b.chunkFor(broken(picture[2300:], io.ErrUnexpectedEOF)))
	require.NoError(t, err, "every byte is there")
	require.True(t, up.Taken())
	require.Equal(t, picture, b.content(t))
}

func sum256(content string) *Checksum {
	digest := sha256.Sum256([]byte(content))
	return &Checksum{Hash: sha256.New(), Digest: digest[:]}
}

func TestAChecksumBindsAChunkTogether(t *testing.T) {
	t.Parallel()
	picture := string(jpeg(5000))
	tests := map[string]struct {
		body *testBody
		sum  *Checksum
		err  error
	}{
		"right":          {body(picture), sum256(picture), nil},
		"wrong":          {body(picture), sum256("other"), models.ErrChecksum},
		"cut":            {broken(picture[:3000], io.ErrUnexpectedEOF), sum256(picture), io.ErrUnexpectedEOF},
		"cut behind all": {broken(picture, io.ErrUnexpectedEOF), sum256(picture), io.ErrUnexpectedEOF},
		"nothing":        {body(""), sum256("other"), models.ErrChecksum},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTusBench(t)
			b.begin(t, len(picture))
			c := b.chunkFor(tt.body)
			c.Checksum = tt.sum
			up, err := b.Write(t.Context(), c)
			require.ErrorIs(t, err, tt.err)
			if tt.err == nil {
				require.True(t, up.Taken())
				require.Len(t, b.tus.parts, 1)
				return
			}
			require.Empty(t, b.objects(t))
			require.Empty(t, b.tus.parts)
			require.Equal(t, models.UploadReceiving, b.rows.rows[b.tus.up.ID].State, "it can be sent again")
		})
	}
}

func TestTheTypeIsToldByTheFirstBytes(t *testing.T) {
	t.Parallel()
	text := string(make([]byte, 1000))
	tests := map[string]struct {
		total  int
		chunks []string
	}{
		"at once":              {5000, []string{text}},
		"when there is enough": {5000, []string{text[:200], text[:200], text}},
		"short as it is":       {5, []string{"hello"}},
		"short in pieces":      {5, []string{"hel", "lo"}},
		// Canon's RAW begins as TIFF does; the first eight bytes do not tell.
		"one that looks good at first": {5000, []string{"II*\x00\x10\x00\x00\x00", "CR" + text}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTusBench(t)
			b.begin(t, tt.total)
			for i, c := range tt.chunks {
				_, err := b.Write(t.Context(), b.chunkFor(body(c)))
				if i < len(tt.chunks)-1 {
					require.NoError(t, err)
					continue
				}
				require.ErrorIs(t, err, models.ErrUnsupportedMedia)
			}
			b.requireNothingLeft(t)
		})
	}
}

func TestALengthSaidLast(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"long": string(jpeg(3000)), "shorter than what tells the type": string(jpeg(300))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newTusBench(t)
			b.begin(t, -1)
			_, err := b.Write(t.Context(), b.chunkFor(body(content)))
			require.NoError(t, err)
			last, total := b.chunkFor(body("")), int64(len(content))
			last.Total = &total
			up, err := b.Write(t.Context(), last)
			require.NoError(t, err)
			require.True(t, up.Taken())
			require.Equal(t, content, b.content(t))
		})
	}
	b := newTusBench(t)
	b.begin(t, -1)
	_, err := b.Write(t.Context(), b.chunkFor(body("hello")))
	require.NoError(t, err)
	last, total := b.chunkFor(body("")), int64(5)
	last.Total = &total
	_, err = b.Write(t.Context(), last)
	require.ErrorIs(t, err, models.ErrUnsupportedMedia)
	b.requireNothingLeft(t)
}

func TestLimitsOfResumableUploads(t *testing.T) {
	t.Parallel()
	b := newTusBench(t)
	for total, want := range map[int64]error{0: models.ErrEmptyFile, limit + 1: models.ErrTooLarge} {
		_, err := b.Create(t.Context(), TusRequest{OwnerID: owner, Total: &total})
		require.ErrorIs(t, err, want)
	}
	require.Empty(t, b.rows.rows)
	picture := string(jpeg(800))
	b.begin(t, len(picture))
	_, err := b.Write(t.Context(), b.chunkFor(body(picture+"x")))
	require.ErrorIs(t, err, models.ErrTooLarge)
	said := b.chunkFor(body(picture))
	said.Announced = int64(len(picture)) + 1
	_, err = b.Write(t.Context(), said)
	require.ErrorIs(t, err, models.ErrTooLarge)
	require.Empty(t, b.objects(t))
	up, err := b.Write(t.Context(), b.chunkFor(body(picture)))
	require.NoError(t, err)
	require.True(t, up.Taken())

	endless := newTusBench(t)
	endless.begin(t, -1)
	_, err = endless.Write(t.Context(), endless.chunkFor(body(string(jpeg(limit+1)))))
	require.ErrorIs(t, err, models.ErrTooLarge)
}

// A part that certainly does not count leaves no object; one of which that can
// not be told keeps it, since its bytes may be promised to the client.
func TestAPartThatDoesNotCount(t *testing.T) {
	t.Parallel()
	unknown := errors.New("connection lost")
	for _, tt := range []struct {
		commit error
		want   error
		left   int
	}{
		{models.ErrConflict, models.ErrLocked, 0},
		{models.ErrGone, models.ErrGone, 0},
		{models.ErrQuotaExceeded, models.ErrQuotaExceeded, 0},
		{models.ErrTooManyParts, models.ErrTooManyParts, 0},
		{unknown, unknown, 1},
	} {
		b := newTusBench(t)
		b.begin(t, 5000)
		b.tus.onCommit = func(models.NewTusPart) error { return tt.commit }
		_, err := b.Write(t.Context(), b.chunkFor(body(string(jpeg(700)))))
		require.ErrorIs(t, err, tt.want)
		require.Len(t, b.objects(t), tt.left, "%v", tt.commit)
	}
}

func TestASecondWriterWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	b, picture := newTusBench(t), string(jpeg(3000))
	b.begin(t, len(picture))
	b.takeOver()
	_, err := b.Write(t.Context(), b.chunkFor(body(picture)))
	require.ErrorIs(t, err, models.ErrLocked)
	require.True(t, b.tus.wanted, "it asked")
	up, err := b.Look(t.Context(), owner, b.tus.up.ID)
	require.NoError(t, err, "a question is answered all the same")
	require.Zero(t, up.Received)

	b.tus.writer = ""
	first := make(chan error, 1)
	slow := waiting(picture[:2000], 2*time.Minute) // its client is gone
	c := b.chunkFor(slow)
	go func() { _, err := b.Write(context.Background(), c); first <- err }()
	require.Eventually(t, func() bool { b.tus.mu.Lock(); defer b.tus.mu.Unlock(); return b.tus.writer != "" }, time.Minute, time.Millisecond)
	require.Eventually(t, func() bool {
		up, err := b.Look(t.Context(), owner, b.tus.up.ID)
		return err == nil && up.Received == 2000
	},
		time.Minute, time.Millisecond, "it makes room and leaves what it has")
	require.ErrorIs(t, <-first, models.ErrLocked)
	_, err = b.Write(t.Context(), b.chunkFor(body(picture[2000:])))
	require.NoError(t, err)
	require.Equal(t, picture, b.content(t))
}

func TestAWriterFromWhichBytesComeIsNotDisturbed(t *testing.T) {
	t.Parallel()
	b := newTusBench(t)
	b.begin(t, 5000)
	c := b.chunkFor(waiting("", time.Second)) // quiet for less than Pace.Idle
	done := make(chan error, 1)
	go func() { _, err := b.Write(context.Background(), c); done <- err }()
	require.Eventually(t, func() bool { b.tus.mu.Lock(); defer b.tus.mu.Unlock(); return b.tus.writer != "" }, time.Minute, time.Millisecond)
	_, err := b.Write(t.Context(), b.chunkFor(body("x")))
	require.ErrorIs(t, err, models.ErrLocked)
	select {
	case err := <-done:
		t.Fatal("it was stopped: ", err)
	default:
	}
	b.takeOver() // its lease has ended meanwhile
	require.ErrorIs(t, <-done, models.ErrLocked)
}

func TestAssembleUntilThePromiseIsMade(t *testing.T) {
	t.Parallel()
	b, picture := newTusBench(t), string(jpeg(3000))
	b.begin(t, len(picture))
	down := true
	b.rows.onAccept = func(*fakeRows, string) error {
		if down {
			return models.ErrUnavailable
		}
		return nil
	}
	_, err := b.Write(t.Context(), b.chunkFor(body(picture)))
	require.ErrorIs(t, err, models.ErrUnavailable)
	_, err = b.Look(t.Context(), owner, b.tus.up.ID)
	require.ErrorIs(t, err, models.ErrUnavailable, "complete means safe, and it is not")
	require.ErrorIs(t, b.Assemble(t.Context(), b.tus.up.ID), models.ErrUnavailable)
	down = false
	require.NoError(t, b.Assemble(t.Context(), b.tus.up.ID))
	require.NoError(t, b.Assemble(t.Context(), b.tus.up.ID), "twice is once")
	require.Equal(t, picture, b.content(t))
	require.Len(t, b.objects(t), 1)
	require.Len(t, b.starter.started, 1)

	lost := newTusBench(t)
	lost.begin(t, len(picture))
	lost.rows.acceptLies = true // it commits, and the answer is lost
	_, err = lost.Write(t.Context(), lost.chunkFor(body(picture)))
	require.Error(t, err)
	up, err := lost.Look(t.Context(), owner, lost.tus.up.ID)
	require.NoError(t, err)
	require.True(t, up.Taken())
	require.Equal(t, picture, lost.content(t))
}

func TestAnUploadThatIsEndedMeanwhile(t *testing.T) {
	t.Parallel()
	b, picture := newTusBench(t), string(jpeg(3000))
	b.begin(t, len(picture))
	b.rows.onAccept = func(r *fakeRows, id string) error { r.setState(id, models.UploadCanceled); return models.ErrConflict }
	_, err := b.Write(t.Context(), b.chunkFor(body(picture)))
	require.ErrorIs(t, err, models.ErrGone)
	require.Empty(t, b.objects(t))
	_, err = b.Look(t.Context(), owner, b.tus.up.ID)
	require.ErrorIs(t, err, models.ErrGone)
	require.ErrorIs(t, b.Terminate(t.Context(), owner, b.tus.up.ID), models.ErrGone)
}

// Who was replaced must not take back what another goes on with.
func TestOnlyItsWriterTakesAnUploadBack(t *testing.T) {
	t.Parallel()
	b := newTusBench(t)
	up := b.begin(t, 5000)
	_, err := b.store.Put(t.Context(), storage.PartRef(up.ID, 0, "other"), body("x"), -1, "")
	require.NoError(t, err)
	b.takeOver()
	b.drop(t.Context(), up.ID, "somebody")
	b.Drop(t.Context(), up.ID)
	require.Len(t, b.objects(t), 1)
	require.Len(t, b.rows.rows, 1)
}

func TestALostPartIsNotPassedOver(t *testing.T) {
	t.Parallel()
	b, picture := newTusBench(t), string(jpeg(3000))
	b.begin(t, len(picture))
	_, err := b.Write(t.Context(), b.chunkFor(body(picture[:2000])))
	require.NoError(t, err)
	second := b.tus.parts[1]
	ref := storage.PartRef(b.tus.up.ID, second.Start, second.Writer)
	for _, damage := range []func(){
		func() { require.NoError(t, b.store.Delete(t.Context(), ref)) },
		func() { _, err := b.store.Put(t.Context(), ref, body("short"), -1, ""); require.NoError(t, err) },
		func() { _, err := b.store.Put(t.Context(), ref, body(picture), -1, ""); require.NoError(t, err) },
	} {
		damage()
		_, err := b.Write(t.Context(), b.chunkFor(body(picture[b.tus.up.Received:])))
		require.ErrorIs(t, err, models.ErrUnavailable)
		require.Equal(t, models.UploadReceiving, b.rows.rows[b.tus.up.ID].State)
	}
}
