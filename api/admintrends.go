package api

import (
	"time"

	"safelight/models"
)

// trendsView is how uploads went lately: what charts are drawn from.
type trendsView struct {
	At            time.Time                      `json:"at" doc:"When this was counted: some seconds before the rest."`
	Hours         []uploadCountsView             `json:"hours" doc:"The last 24 hours of UTC, oldest first, the present one included."`
	Days          []uploadCountsView             `json:"days" doc:"The last 30 days of UTC, oldest first, today included."`
	Outcomes24h   map[models.Outcome]int64       `json:"outcomes24h" doc:"Done uploads of these hours by outcome. Those that none has are left out."`
	Outcomes30d   map[models.Outcome]int64       `json:"outcomes30d" doc:"Done uploads of these days by outcome. Those that none has are left out."`
	Rejections24h map[models.RejectionCode]int64 `json:"rejections24h" doc:"Rejected uploads of these hours by code. Those that none has are left out."`
	Rejections30d map[models.RejectionCode]int64 `json:"rejections30d" doc:"Rejected uploads of these days by code. Those that none has are left out."`
	Steps         []stepTimesView                `json:"steps" doc:"The steps in their order, as they went in the newest 2,000 uploads."`
}

type uploadCountsView struct {
	At       time.Time `json:"at" doc:"When the hour or the day begins."`
	Done     int64     `json:"done"`
	Rejected int64     `json:"rejected"`
	Canceled int64     `json:"canceled"`
	Failed   int64     `json:"failed"`
	Open     int64     `json:"open" doc:"Receiving, processing or stalled."`
}

type stepTimesView struct {
	Name       models.StepName `json:"name" enum:"scan,dedup,compress,move,version,notify"`
	Count      int64           `json:"count" doc:"Uploads that had this step done."`
	P50Seconds float64         `json:"p50Seconds" doc:"Half of them took no longer; waits between automatic retries are part of it."`
	P95Seconds float64         `json:"p95Seconds" doc:"95 of 100 took no longer."`
	Retries    int64           `json:"retries" doc:"Times that it was taken up again after it had stalled."`
}

func viewTrends(t models.Trends, at time.Time) trendsView {
	v := trendsView{
		At: at.UTC(), Hours: viewCounts(t.Hours), Days: viewCounts(t.Days),
		Outcomes24h: t.Outcomes24h, Outcomes30d: t.Outcomes30d,
		Rejections24h: t.Rejections24h, Rejections30d: t.Rejections30d,
		Steps: make([]stepTimesView, len(t.Steps)),
	}
	for i, s := range t.Steps {
		v.Steps[i] = stepTimesView{
			Name: s.Name, Count: s.Count, P50Seconds: s.P50.Seconds(), P95Seconds: s.P95.Seconds(), Retries: s.Retries,
		}
	}
	return v
}

func viewCounts(counts []models.UploadCounts) []uploadCountsView {
	out := make([]uploadCountsView, len(counts))
	for i, c := range counts {
		out[i] = uploadCountsView{
			At: c.At.UTC(), Done: c.Done, Rejected: c.Rejected, Canceled: c.Canceled, Failed: c.Failed, Open: c.Open,
		}
	}
	return out
}
