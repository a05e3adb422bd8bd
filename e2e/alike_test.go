//go:build integration

package e2e

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// told is everything that an owner can read of an upload and of what came of
// it, with ids and times taken out.
func (p *person) told(t *testing.T, up upload) string {
	t.Helper()
	var out strings.Builder
	for _, path := range []string{
		"/uploads/" + up.ID, "/files/" + *up.FileID, "/files/" + *up.FileID + "/versions", "/notifications", "/files", "/me",
	} {
		res, body := p.get(t, path)
		require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
		out.Write(body)
		out.WriteByte('\n')
	}
	for _, variant := range []string{"full", "preview", "thumb"} {
		res, body := p.get(t, "/files/"+*up.FileID+"/content?variant="+variant)
		require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
		res.Header.Del("Date")
		head, err := json.Marshal(res.Header)
		require.NoError(t, err)
		out.Write(head)
		out.Write(body)
		out.WriteByte('\n')
	}
	text := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).ReplaceAllString(out.String(), "ID")
	text = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`).ReplaceAllString(text, "TIME")
	return regexp.MustCompile(`"seq":\d+`).ReplaceAllString(text, `"seq":N`) // how far it counted depends on what ran side by side
}

// ranFor lists the activities that the engine ran for an upload until its end was
// told, in the order of their names: some run side by side.
func ranFor(t *testing.T, engine client.Client, id string) []string {
	t.Helper()
	var names []string
	events := engine.GetWorkflowHistory(t.Context(), "upload-"+id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil {
			names = append(names, scheduled.GetActivityType().GetName())
			if names[len(names)-1] == "Notify" {
				break
			}
		}
	}
	slices.Sort(names)
	return names
}

// pace is how long what an owner can time of an upload took.
type pace map[string][]time.Duration

func (p pace) add(t *testing.T, up upload, asked time.Time) {
	t.Helper()
	for _, s := range up.Steps {
		require.NotNil(t, s.StartedAt, s.Name)
		require.NotNil(t, s.FinishedAt, s.Name)
		p[s.Name] = append(p[s.Name], s.FinishedAt.Sub(*s.StartedAt))
	}
	p["the whole"] = append(p["the whole"], up.received.Sub(asked))
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// Whose bytes somebody else has stored already takes the steps, gets the
// answers and needs the time of whose bytes nobody has. Both are measured by
// turns, so that what else the machine does is the same for both, and compared
// with each other (docs/adr/0014): a step that were passed over would take next
// to nothing of the other's time.
func TestALaterOwnerIsToldWhatTheFirstIs(t *testing.T) {
	t.Parallel()
	const pairs = 15
	d, err := running.dev()
	require.NoError(t, err)
	engine, err := client.Dial(client.Options{HostPort: d.TemporalAddress})
	require.NoError(t, err)
	defer engine.Close()
	first, later := pace{}, pace{}
	for range pairs {
		data := photo()
		one, two := signedIn(t), signedIn(t)
		asked := time.Now()
		a := one.become(t, "same.jpg", data)
		first.add(t, a, asked)
		asked = time.Now()
		b := two.become(t, "same.jpg", data)
		later.add(t, b, asked)

		require.Equal(t, "created", *b.Outcome)
		require.Equal(t, one.told(t, a), two.told(t, b))
		require.Equal(t, []string{"Compress", "CreateVersion", "Dedup", "Move", "Notify", "Scan"}, ranFor(t, engine, a.ID))
		require.Equal(t, ranFor(t, engine, a.ID), ranFor(t, engine, b.ID))
	}
	for name := range first {
		one, two := median(first[name]), median(later[name])
		t.Logf("%-10s first %v, later %v", name, one, two)
		require.LessOrEqual(t, two, 3*one, "%s of a later owner", name)
		require.LessOrEqual(t, one, 3*two, "%s of the first owner", name)
	}
}
