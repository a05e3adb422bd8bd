package promql_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"safelight/internal/testkit/promql"
)

func TestRead(t *testing.T) {
	t.Parallel()
	type selectors = []promql.Selector
	for query, want := range map[string]promql.Query{
		"up": {Selectors: selectors{{Name: "up"}}},
		`histogram_quantile(0.95, sum by (le, step) (rate(x_seconds_bucket{outcome="done",step=~"$step|a{b"}[$__rate_interval])))`: {
			Selectors: selectors{{"x_seconds_bucket", []string{"outcome", "step"}}}, Grouping: []string{"le", "step"},
		},
		`(sum(rate(a_total{status="5xx"}[5m])) or vector(0)) / on (job) group_left sum by (job) (b_total) > 1e3`: {
			Selectors: selectors{{"a_total", []string{"status"}}, {Name: "b_total"}}, Grouping: []string{"job", "job"},
		},
		`time() - (max(stamp_seconds) > 0) > 3 * 86400 and absent(info{program="a\"pi"})`: {
			Selectors: selectors{{Name: "stamp_seconds"}, {"info", []string{"program"}}},
		},
		"topk(8, x) unless ignoring (a, b) y offset 5m": {Selectors: selectors{{Name: "x"}, {Name: "y"}}, Grouping: []string{"a", "b"}},
	} {
		require.Equal(t, want, promql.Read(query), query)
	}
}
