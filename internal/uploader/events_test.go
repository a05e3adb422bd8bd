package uploader

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"safelight/models"
)

func TestEventReader(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string
		want []event
	}{
		"nothing":          {"", nil},
		"comments":         {": alive\n\n: alive\n\n", nil},
		"one":              {"event: progress\ndata: {}\n\n", []event{{"progress", []byte("{}")}}},
		"no name":          {"data: x\n\n", []event{{"message", []byte("x")}}},
		"no space":         {"event:a\ndata:x\n\n", []event{{"a", []byte("x")}}},
		"windows":          {"event: a\r\ndata: x\r\n\r\n", []event{{"a", []byte("x")}}},
		"more lines":       {"data: x\ndata:\ndata:  y\n\n", []event{{"message", []byte("x\n\n y")}}},
		"other fields":     {"id: 7\nretry: 100\nevent: a\nfoo: bar\nfoo\n: note\ndata: x\n\n", []event{{"a", []byte("x")}}},
		"name is not kept": {"event: a\n\ndata: x\n\n", []event{{"message", []byte("x")}}},
		"empty data":       {"event: a\ndata\n\n", []event{{"a", nil}}},
		"two":              {"data: x\n\n\ndata: y\n\n", []event{{"message", []byte("x")}, {"message", []byte("y")}}},
		"cut":              {"data: x\n\ndata: y\n", []event{{"message", []byte("x")}}},
		"cut in a line":    {"data: x\n\ndata: y", []event{{"message", []byte("x")}}},
	}
	for name, c := range tests {
		for _, r := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
			alive := 0
			events := newEventReader(r, func() { alive++ })
			var got []event
			for {
				e, err := events.next()
				if err != nil {
					require.ErrorIs(t, err, io.EOF, name)
					break
				}
				got = append(got, e)
			}
			require.Equal(t, c.want, got, name)
			require.Equal(t, c.in != "", alive > 0, name)
		}
	}
	_, err := newEventReader(strings.NewReader("data: "+strings.Repeat("x", maxEvent)), func() {}).next()
	require.ErrorContains(t, err, "too long", "a line without end does not fill the memory")
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, most := range map[int]float64{2: 0.5, 3: 1, 4: 2, 6: 8, 7: 10, 1000: 10} {
		for range 100 {
			d := backoff(attempt).Seconds()
			require.LessOrEqual(t, d, most)
			require.GreaterOrEqual(t, d, most/2)
		}
	}
}

func TestCurrentStep(t *testing.T) {
	t.Parallel()
	up := Upload{Steps: models.NewSteps()}
	require.Nil(t, up.Current())
	up.Steps[0].State = models.StepDone
	require.Equal(t, models.StepScan, up.Current().Name)
	up.Steps[2].State = models.StepRetrying
	require.Equal(t, models.StepCompress, up.Current().Name)
}
