package progress

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestAHundredReadersCostOneQueryPerWake(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		feeds := make([]*Feed, 100)
		for i := range feeds {
			feeds[i] = b.Watch(fmt.Sprint("reader ", i), up)
		}
		for _, f := range feeds {
			require.Equal(t, int64(1000), b.one(f).Upload.Seq)
		}
		require.Equal(t, 1, b.queries())

		b.show(2, models.StepCompress)
		b.signal("begin")
		for _, f := range feeds {
			require.Equal(t, int64(2000), b.one(f).Upload.Seq)
		}
		require.Equal(t, 2, b.queries())
		require.Zero(t, b.rowReads(), "the row was given and has not changed")
		for _, f := range feeds {
			f.Close()
		}
	})
}

func TestWakesDuringAQueryAreOne(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.one(f)
		b.engine.set(func(e *fakeEngine) { e.takes = 50 * time.Millisecond })
		b.show(2, models.StepCompress)
		for range 50 {
			b.signal("begin")
			b.settled()
		}
		b.after(200 * time.Millisecond)
		require.Equal(t, int64(2000), b.one(f).Upload.Seq)
		require.Equal(t, 3, b.queries(), "the first, the one under way, and one for all that came meanwhile")
	})
}

func TestOlderAndEqualPicturesAreDropped(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.one(f)
		b.show(5, models.StepMove)
		b.signal("begin")
		b.one(f)
		for _, n := range []int64{3, 5, 1} {
			b.show(n, models.StepCompress)
			b.signal("begin")
			require.Empty(t, b.take(f), "seq %d000", n)
		}
	})
}

// The signal of a step's end comes before the workflow has heard of it.
func TestAnEndIsAskedForAgainSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.one(f)
		b.signal("end")
		require.Empty(t, b.take(f))
		b.after(100 * time.Millisecond)
		b.show(2, models.StepDedup)
		require.Empty(t, b.take(f))
		b.after(30 * time.Millisecond)
		require.Equal(t, int64(2000), b.one(f).Upload.Seq)

		queries := b.queries()
		b.signal("end") // of which nothing ever comes
		b.after(time.Second)
		require.Equal(t, queries+4, b.queries(), "at once and after 40, 80 and 160 ms")
	})
}

func TestWithoutSignalsItPollsEverMoreSlowly(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.one(f)
		b.show(2, models.StepCompress)
		b.after(2300 * time.Millisecond)
		require.Equal(t, int64(2000), b.one(f).Upload.Seq)

		before := b.queries()
		b.after(10 * time.Minute)
		polls := b.queries() - before
		require.InDelta(t, 60, polls, 10, "about every ten seconds in the end")
	})
}

func TestRetriesShowAndGrow(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		seen := b.one(f).Upload.Seq
		told := "The virus scanner cannot be used at the moment."
		for attempt := 2; attempt < 6; attempt++ {
			for _, backoff := range []bool{true, false} {
				b.engine.set(func(e *fakeEngine) {
					e.pending = []PendingStep{{Step: models.StepScan, Attempt: attempt, Backoff: backoff, Message: told}}
				})
				if backoff {
					b.signal("failed")
				} else {
					b.signal("begin") // of the next attempt, under the same seq
				}
				b.settled()
				if !backoff {
					require.Empty(t, b.take(f), "nothing that can be seen has changed")
					continue
				}
				s := b.one(f)
				require.Greater(t, s.Upload.Seq, seen)
				seen = s.Upload.Seq
				scan := step(t, s, models.StepScan)
				require.Equal(t, models.StepRetrying, scan.State)
				require.Equal(t, attempt, scan.Attempt)
				require.Equal(t, told, *scan.Message)
			}
		}
		b.engine.set(func(e *fakeEngine) { e.pending = nil })
		b.show(2, models.StepCompress)
		b.signal("begin")
		s := b.one(f)
		require.Equal(t, int64(2000), s.Upload.Seq)
		require.False(t, retrying(s.Upload.Steps))
	})
}

func TestALongStepIsFoundRetryingByThePoll(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.one(f)
		b.engine.set(func(e *fakeEngine) { // a worker was killed: nobody signals
			e.pending = []PendingStep{{Step: models.StepScan, Attempt: 2, Message: "The worker that did this step went away."}}
		})
		b.after(2500 * time.Millisecond)
		require.Equal(t, 2, step(t, b.one(f), models.StepScan).Attempt)
	})
}

func TestFirstPictureHasTheAttempts(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		b.engine.set(func(e *fakeEngine) { e.pending = []PendingStep{{Step: models.StepScan, Attempt: 7, Message: "x"}} })
		f := b.Watch(owner, up)
		defer f.Close()
		require.Equal(t, 7, step(t, b.one(f), models.StepScan).Attempt)
		require.Equal(t, 7, step(t, b.Snapshot(t.Context(), up), models.StepScan).Attempt)
	})
}

func TestTheRowStandsInForTheEngine(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		up.Step, up.Percent = models.StepScan, 10
		b.rows.put(up)
		b.engine.set(func(e *fakeEngine) { e.err = errDown })
		f := b.Watch(owner, up)
		defer f.Close()
		s := b.one(f)
		require.True(t, s.Stale)
		require.Equal(t, models.StepRunning, step(t, s, models.StepScan).State)
		require.True(t, b.Snapshot(t.Context(), up).Stale)

		up.Step, up.Seq, up.Percent = models.StepCompress, 4000, 40
		b.rows.put(up)
		b.signal("begin")
		s = b.one(f)
		require.True(t, s.Stale)
		require.Equal(t, int64(3999), s.Upload.Seq)

		// Back again: the real picture of the same step is newer than what stood in for it.
		b.engine.set(func(e *fakeEngine) { e.err = nil })
		b.show(4, models.StepCompress)
		b.after(3 * time.Second)
		s = b.one(f)
		require.False(t, s.Stale)
		require.Equal(t, int64(4000), s.Upload.Seq)
	})
}

func TestAHangingEngineDelaysTheFirstPictureLittle(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		b.engine.set(func(e *fakeEngine) { e.takes = time.Hour })
		f := b.Watch(owner, up)
		defer f.Close()
		b.after(750 * time.Millisecond)
		require.True(t, b.one(f).Stale)
	})
}

func TestAnUploadWithoutWorkflowShowsItsRow(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		b.engine.set(func(e *fakeEngine) { e.err = fmt.Errorf("no workflow: %w", models.ErrNotFound) })
		f := b.Watch(owner, up)
		defer f.Close()
		require.True(t, b.one(f).Stale)
	})
}

func TestTheEndComesFromTheRow(t *testing.T) {
	tests := map[string]func(b *bench){
		"signalled":     func(b *bench) { b.signal("row") },
		"workflow gone": func(b *bench) { b.engine.set(func(e *fakeEngine) { e.err = models.ErrNotFound }); b.signal("begin") },
		"engine down":   func(b *bench) { b.engine.set(func(e *fakeEngine) { e.err = errDown }); b.signal("end") },
		"workflow is over": func(b *bench) {
			b.engine.set(func(e *fakeEngine) { e.picture.State = models.UploadDone })
			b.signal("end")
		},
		"found by the poll": func(b *bench) {
			b.engine.set(func(e *fakeEngine) { e.err = models.ErrNotFound })
			b.after(3 * time.Second)
		},
		"signalled, engine down": func(b *bench) { b.engine.set(func(e *fakeEngine) { e.err = errDown }); b.signal("row") },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bench) {
				f, other := b.Watch(owner, b.processing()), b.Subscribe(owner)
				defer f.Close()
				defer other.Close()
				other.Follow([]models.Upload{b.rows.uploads[id]})
				b.one(f)
				b.finish(models.UploadRejected, 9000)
				end(b)
				last := b.last(f)
				require.Equal(t, models.UploadRejected, last.Upload.State)
				require.Equal(t, int64(9000), last.Upload.Seq)
				require.False(t, last.Stale)
				require.Equal(t, last, b.take(other)[0].Snapshot, "a user's feed goes on")
				b.Hub.mu.Lock()
				defer b.Hub.mu.Unlock()
				require.Empty(t, b.watchers)
			})
		})
	}
}

func TestResyncFindsTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.one(f)
		b.finish(models.UploadCanceled, 9000)
		b.Resync()
		require.Equal(t, models.UploadCanceled, b.last(f).Upload.State)
	})
}

func TestTheEndIsNeverTakenForAnOlderPicture(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		b.show(9, models.StepNotify)
		b.engine.set(func(e *fakeEngine) { e.pending = []PendingStep{{Step: models.StepNotify, Attempt: 3}} })
		require.Equal(t, int64(9004), b.one(f).Upload.Seq)
		b.finish(models.UploadDone, 9000)
		b.signal("row")
		require.Equal(t, int64(9005), b.last(f).Upload.Seq)
	})
}

func TestAFinalUploadIsOneEvent(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		b.processing()
		f := b.Watch(owner, b.finish(models.UploadDone, 8000))
		defer f.Close()
		require.Equal(t, models.UploadDone, b.last(f).Upload.State)
		require.Zero(t, b.queries())
	})
}

func TestAnUploadThatIsBeingReceived(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		up.State, up.Seq = models.UploadReceiving, 0
		b.rows.put(up)
		f := b.Watch(owner, up)
		defer f.Close()
		s := b.one(f)
		require.Equal(t, models.UploadReceiving, s.Upload.State)
		require.False(t, s.Stale)
		require.Zero(t, b.queries())

		b.rows.mu.Lock()
		delete(b.rows.uploads, id) // its client went away
		b.rows.mu.Unlock()
		b.after(3 * time.Second)
		events, open := f.Take()
		require.Empty(t, events)
		require.False(t, open)
	})
}

func TestASlowReaderGetsTheNewestAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Watch(owner, b.processing())
		defer f.Close()
		for n := range int64(20) {
			b.show(n+2, models.StepCompress)
			b.engine.set(func(e *fakeEngine) { e.picture.Percent = int(n) })
			b.signal("begin")
			b.settled()
		}
		require.Equal(t, int64(21_000), b.one(f).Upload.Seq)
	})
}

func TestASlowReaderOfNewsIsEndedNotFilled(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		f := b.Subscribe(owner)
		defer f.Close()
		b.rows.files["f"] = models.File{ID: "f", OwnerID: owner}
		for range maxPending + 1 {
			b.Signal(models.Signal{Kind: models.SignalFile, OwnerID: owner, ID: "f", Action: "updated"})
		}
		b.settled()
		events, open := f.Take()
		require.False(t, open, "so that it comes back and reads everything anew")
		require.Empty(t, events)
	})
}

func TestAWatcherEndsWithItsLastReader(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		one, two := b.Watch(owner, up), b.Watch("admin", up)
		b.one(one)
		one.Close()
		b.show(2, models.StepDedup)
		b.signal("begin")
		require.Equal(t, int64(2000), b.take(two)[0].Snapshot.Upload.Seq)
		two.Close()
		two.Close() // twice is once
		before := b.queries()
		b.signal("begin")
		b.after(time.Minute)
		require.Equal(t, before, b.queries())
		require.Empty(t, b.viewers)
	})
}

func TestCloseEndsEveryFeed(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		one, all := b.Watch(owner, up), b.Subscribe(owner)
		b.one(one)
		b.Close()
		for _, f := range []*Feed{one, all, b.Watch(owner, up), b.Subscribe(owner)} {
			_, open := f.Take()
			require.False(t, open)
			f.Follow([]models.Upload{up})
			f.Close()
		}
		b.signal("begin")
		b.Resync()
	})
}

func TestADatabaseThatIsAwayIsAskedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bench) {
		up := b.processing()
		f := b.Subscribe(owner)
		defer f.Close()
		b.rows.fail(errors.New("database is away"))
		b.signal("begin") // a watcher that has no row yet
		require.Empty(t, b.take(f))
		b.rows.fail(nil)
		b.after(3 * time.Second)
		require.Equal(t, up.ID, b.one(f).Upload.ID)
	})
}
