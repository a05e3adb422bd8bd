package progress

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

const other = "0190d5c2-7b1e-7c3a-9f00-000000000002"

func TestAUserFeedHasWhatItsUserDoes(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		b.processing()
		f, stranger := b.Subscribe(owner), b.Subscribe(other)
		defer f.Close()
		defer stranger.Close()
		b.rows.files["f"] = models.File{ID: "f", OwnerID: owner}
		b.rows.notifications["n1"] = models.Notification{ID: "n1", Seq: 1, UserID: owner}
		b.rows.notifications["n2"] = models.Notification{ID: "n2", Seq: 2, UserID: owner}

		b.signal("begin")
		b.settled()
		b.Signal(models.Signal{Kind: models.SignalNotification, OwnerID: owner, ID: "n1"})
		b.Signal(models.Signal{Kind: models.SignalFile, OwnerID: owner, ID: "f", Action: "created"})
		b.Signal(models.Signal{Kind: models.SignalNotification, OwnerID: owner, ID: "n2"})
		b.Signal(models.Signal{Kind: models.SignalFile, OwnerID: owner, ID: "f", Action: "deleted"})
		b.Signal(models.Signal{Kind: models.SignalFile, OwnerID: owner, ID: "gone", Action: "updated"})

		events := b.take(f)
		require.Len(t, events, 5)
		require.Equal(t, id, events[0].Snapshot.Upload.ID)
		require.Equal(t, int64(1), events[1].Notification.Seq)
		require.Equal(t, FileChange{Action: "created", ID: "f", File: &models.File{ID: "f", OwnerID: owner}}, events[2].File)
		require.Equal(t, int64(2), events[3].Notification.Seq)
		require.Equal(t, FileChange{Action: "deleted", ID: "f"}, events[4].File)
		require.Empty(t, b.take(stranger))
	})
}

func TestAUserFeedBeginsWithWhatIsUnderWay(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		f := b.Subscribe(owner)
		defer f.Close()
		f.Follow([]models.Upload{up})
		require.Equal(t, int64(1000), b.one(f).Upload.Seq)
		f.Follow([]models.Upload{up})
		require.Empty(t, b.take(f), "followed already")

		second := b.Subscribe(owner) // joins the watcher there is
		defer second.Close()
		second.Follow([]models.Upload{up})
		require.Equal(t, int64(1000), b.one(second).Upload.Seq)
		require.Equal(t, 1, b.queries())
	})
}

// An admin who looks on must not keep the news from the owner's own feed.
func TestAUserFeedSharesTheWatcherOfAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		f := b.Subscribe(owner)
		defer f.Close()
		admin := b.Watch("admin", up)
		defer admin.Close()
		b.one(admin)
		b.show(2, models.StepCompress)
		b.signal("begin")
		require.Equal(t, int64(2000), b.one(f).Upload.Seq)
		require.Equal(t, int64(2000), b.one(admin).Upload.Seq)
	})
}

func TestASignalAboutAnAccountReachesEveryReaderOfIt(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		feeds := []*Feed{b.Subscribe(owner), b.Watch(owner, up)}
		stranger := b.Watch(other, up)
		defer stranger.Close()
		b.take(feeds[1])
		b.take(stranger)
		for range 3 {
			b.Signal(models.Signal{Kind: models.SignalUser, OwnerID: owner, ID: owner})
		}
		for _, f := range feeds {
			events := b.take(f)
			require.Len(t, events, 1)
			require.Equal(t, EventAccount, events[0].Kind)
			f.Close()
		}
		require.Empty(t, b.take(stranger))
	})
}

func TestMissedSignalsHaveReadersBeginAnew(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		all, one := b.Subscribe(owner), b.Watch(owner, up)
		defer all.Close()
		defer one.Close()
		b.one(one)
		b.show(2, models.StepCompress)
		b.Resync()
		b.settled()
		_, open := all.Take()
		require.False(t, open, "changes of files cannot be told any more")
		events := b.take(one)
		require.Len(t, events, 2)
		require.Equal(t, EventAccount, events[0].Kind)
		require.Equal(t, int64(2000), events[1].Snapshot.Upload.Seq)
	})
}

func TestNewsThatCannotBeReadEndsTheFeed(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Subscribe(owner)
		defer f.Close()
		b.rows.fail(errors.New("database is away"))
		b.Signal(models.Signal{Kind: models.SignalNotification, OwnerID: owner, ID: "n"})
		b.settled()
		_, open := f.Take()
		require.False(t, open)
	})
}
