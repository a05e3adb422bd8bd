package api

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"safelight/models"
)

// Of every unfinished upload the present state comes, of more than a page too,
// and of more than a feed keeps for a reader.
func TestAStreamBeginsWithAllThatIsUnfinished(t *testing.T) {
	t.Parallel()
	for _, n := range []int{eventPage, eventPage + 50, 3*eventPage + 1} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			u := newUploadBench(t)
			me, token := u.user(models.RoleUser, models.StatusActive)
			waiting := map[string]bool{}
			for range n {
				waiting[u.processing(me.ID).ID] = true
			}
			s := u.stream(token, "/events")
			for len(waiting) > 0 {
				delete(waiting, s.must().upload(t).ID)
			}
		})
	}
}

// What is followed already, or gone by the time that its news would come, does
// not hold up the pages behind it.
func TestAPageThatIsNotAllSentHoldsUpNothing(t *testing.T) {
	t.Parallel()
	u := newUploadBench(t, func(d *Deps) { d.Events.Rows = ghostRows{d.Events.Rows} })
	me, token := u.user(models.RoleUser, models.StatusActive)
	waiting := map[string]bool{}
	for range eventPage + 5 {
		waiting[u.processing(me.ID).ID] = true
	}
	s := u.stream(token, "/events")
	for len(waiting) > 0 {
		delete(waiting, s.must().upload(t).ID)
	}
}

// ghostRows adds to each page of open uploads one that is gone a moment later.
type ghostRows struct{ EventRows }

func (r ghostRows) OpenUploads(ctx context.Context, owner, after string, limit int) (models.Page[models.Upload], error) {
	p, err := r.EventRows.OpenUploads(ctx, owner, after, limit)
	p.Items = append(p.Items, models.Upload{ID: uuid.NewString(), OwnerID: owner, State: models.UploadReceiving})
	return p, err
}
