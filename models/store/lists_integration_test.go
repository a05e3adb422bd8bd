//go:build integration

package store_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"safelight/models"
)

// The most that the queries of a page may read, together and each, however many
// files there are. To read all of an owner's files in an index is 22,000 rows.
const (
	blocksOfPage   = 1000
	rowsOfPage     = 1000
	blocksOfSearch = 2500
	rowsOfSearch   = 15_000
)

// effort is what the queries of a call took.
type effort struct {
	blocks  int // together
	rows    int // the one with most
	queries []string
}

// planNode is a node of a plan of PostgreSQL.
type planNode struct {
	Node    string     `json:"Node Type"`
	Rows    float64    `json:"Actual Rows"`
	Removed float64    `json:"Rows Removed by Filter"`
	Checked float64    `json:"Rows Removed by Index Recheck"`
	Loops   float64    `json:"Actual Loops"`
	Hit     int        `json:"Shared Hit Blocks"`
	Read    int        `json:"Shared Read Blocks"`
	Plans   []planNode `json:"Plans"`
}

// scanned is how many rows the scans of a plan gave or threw away.
func (n planNode) scanned() int {
	var rows int
	if len(n.Plans) == 0 {
		rows = int((n.Rows + n.Removed + n.Checked) * n.Loops)
	}
	for _, p := range n.Plans {
		rows += p.scanned()
	}
	return rows
}

func (e *effort) add(t *testing.T, query string, plan []byte) {
	t.Helper()
	var explained []struct {
		Plan planNode `json:"Plan"`
	}
	require.NoError(t, json.Unmarshal(plan, &explained))
	require.Len(t, explained, 1)
	root := explained[0].Plan
	e.blocks += root.Hit + root.Read
	e.rows = max(e.rows, root.scanned())
	e.queries = append(e.queries, fmt.Sprintf("%d blocks, %d rows: %s\n%s", root.Hit+root.Read, root.scanned(), query, plan))
}

// manyFiles gives an owner 30,000 files of three kinds that follow upon each
// other in every order, every tenth in the trash, and another one 10,000.
func manyFiles(d db, owner, other models.User) {
	seed := d.stored(owner, "seed").FileID
	index := value[string](d, `SELECT pg_get_indexdef('files_search'::regclass)`)
	d.sql(`SET session_replication_role = replica;
		DROP INDEX files_search;
		CREATE TEMPORARY TABLE made AS
		SELECT n, (lpad(to_hex(1700000000000 + n * 1000), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid AS id,
		       CASE WHEN n % 4 = 3 THEN '` + other.ID + `' ELSE '` + owner.ID + `' END::uuid AS owner_id,
		       CASE WHEN n % 8000 = 1 THEN 'Zürich quai ' WHEN n % 50 = 1 THEN 'beach '
		            WHEN n <= 13000 THEN 'DSC0' WHEN n <= 26000 THEN 'IMG_100%_' ELSE 'Screenshot 20' END || lpad((n * 7919 % 100003)::text, 6, '0') || '.jpg' AS name
		  FROM generate_series(1, 40000) n;
		INSERT INTO files (id, owner_id, name, current_version, size, created_at, updated_at, trashed_at, last_version)
		SELECT id, owner_id, name, 1, 1000 + n, to_timestamp(1700000000 + n), now(), CASE WHEN n % 10 = 4 THEN now() END, 1 FROM made ORDER BY n;
		INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by)
		SELECT gen_random_uuid(), m.id, m.owner_id, 1, v.blob_id, v.sha256, 1, m.owner_id FROM made m, versions v WHERE v.file_id = '` + seed + `' ORDER BY n;
		DROP TABLE made`)
	d.sql(index)
	d.sql(`VACUUM ANALYZE`)
}

// What a page costs is bounded by what it looks at, not by how many files
// there are: the plans that PostgreSQL ran say so on every machine.
func TestListsOfManyFilesAreBounded(t *testing.T) {
	t.Parallel()
	d := open(t)
	owner, other := d.user(), d.user()
	manyFiles(d, owner, other)
	t.Run("pages", func(t *testing.T) { pagesAreBounded(t, d, owner) })
	t.Run("searches", func(t *testing.T) { searchesAreBounded(t, d, owner) })
}

func pagesAreBounded(t *testing.T, d db, owner models.User) {
	var e effort
	explained, err := d.Explained(func(query string, plan []byte) { e.add(t, query, plan) })
	require.NoError(t, err)
	most := effort{}
	for _, scope := range []models.Scope{mine(owner), anyone} {
		for _, trashed := range []bool{false, true} {
			for _, sort := range []models.FileSort{models.SortCreatedAt, models.SortName, models.SortSize} {
				for _, descending := range []bool{false, true} {
					f := models.FileFilter{Scope: scope, Trashed: trashed, Sort: sort, Descending: descending, Limit: 200}
					for range 2 { // the first page and one in the middle
						e = effort{}
						f.Limit = 50
						p, err := explained.ListFiles(t.Context(), f)
						require.NoError(t, err)
						require.Len(t, p.Items, 50)
						bounded(t, e, &most, blocksOfPage, rowsOfPage, "%+v", f)
						f.Limit, f.Cursor = 200, p.Next
						for range 5 {
							p, err = d.ListFiles(t.Context(), f)
							require.NoError(t, err)
							require.NotEmpty(t, p.Next)
							f.Cursor = p.Next
						}
					}
				}
			}
		}
	}
	t.Logf("at most %d blocks, and %d rows a query", most.blocks, most.rows)
}

// A search may come out short, but every page of it is bounded, they end, and
// together they are what is there, once each.
func searchesAreBounded(t *testing.T, d db, owner models.User) {
	var e effort
	explained, err := d.Explained(func(query string, plan []byte) { e.add(t, query, plan) })
	require.NoError(t, err)
	most, short := effort{}, 0
	turn := 0
	for _, q := range []string{
		"screenshot", "IMG_1", "dsc0", "beach", "zürich", "nothing like it", "img_screenshot", "ü", "qu", "q", "s", "100%_0", "07919.", "\\",
	} {
		for _, trashed := range []bool{false, true} {
			for _, sort := range []models.FileSort{models.SortCreatedAt, models.SortName, models.SortSize} {
				turn++
				f := models.FileFilter{Scope: mine(owner), Q: q, Trashed: trashed, Sort: sort, Descending: turn%2 == 0, Limit: 50}
				if turn%3 == 0 {
					f.Scope = anyone
				}
				found := map[string]bool{}
				for range 5 {
					e = effort{}
					p, err := explained.ListFiles(t.Context(), f)
					require.NoError(t, err)
					bounded(t, e, &most, blocksOfSearch, rowsOfSearch, "%+v", f)
					for _, file := range p.Items {
						require.False(t, found[file.ID], "twice")
						found[file.ID] = true
					}
					if f.Cursor = p.Next; p.Next == "" {
						break
					}
					if len(p.Items) < f.Limit {
						short++
					}
				}
				there := value[int](d, `SELECT count(*) FROM files WHERE strpos(lower(name), lower($1)) > 0
					AND ($2 OR owner_id = $3) AND (trashed_at IS NOT NULL) = $4`, q, f.Scope.Any, owner.ID, trashed)
				if f.Cursor == "" {
					require.Len(t, found, there, "%+v", f)
				} else {
					require.GreaterOrEqual(t, there, len(found), "%+v", f)
				}
			}
		}
	}
	require.Positive(t, short, "no page had to stop before it was full")
	t.Logf("at most %d blocks, and %d rows a query; %d short pages", most.blocks, most.rows, short)
}

func bounded(t *testing.T, e effort, most *effort, blocks, rows int, about string, args ...any) {
	t.Helper()
	most.blocks, most.rows = max(most.blocks, e.blocks), max(most.rows, e.rows)
	if !assert.LessOrEqual(t, e.blocks, blocks) || !assert.LessOrEqual(t, e.rows, rows) {
		require.Failf(t, "not bounded", about+"\n%s", append(args, e.queries)...)
	}
}
