package store

import (
	"strings"

	"gorm.io/gorm"
)

// searchWindow is how many files a search looks through in the order of the
// list before it asks the index of names: what is frequent is found within,
// and of what is not found within there is not much to sort.
const searchWindow = 1000

// fileList is one list of files in an order.
type fileList struct {
	order     fileOrder
	compare   string // what comes after a cursor: > or <
	direction string
	limit     int
}

func (l fileList) sorted(q *gorm.DB) *gorm.DB { return q.Order(l.order.columns(false, l.direction)) }

// read reads the rows that pick selects of files, with their versions. The
// join comes after the limit of pick: it costs what the page costs, however
// many files there are.
func (l fileList) read(db, pick *gorm.DB) ([]fileRow, error) {
	var rows []fileRow
	err := db.Table("(?) AS f", pick).Select(fileColumns).Joins(fileJoins).
		Order(l.order.columns(true, l.direction)).Scan(&rows).Error
	return rows, err
}

// search reads the files after a cursor whose name contains a text, in two
// steps that together cost little for any text: the next files in the order of
// the list are looked at one by one; if they do not make a page, what comes
// behind them is taken from the index of names and sorted.
func (l fileList) search(db, after *gorm.DB, text string) ([]fileRow, error) {
	after = after.Session(&gorm.Session{})
	has := "lower(name) LIKE lower(?)"
	pattern := "%" + likeEscaper.Replace(text) + "%"
	// The lowered name is a column of the window, so that the planner sees its
	// order, and stops at the end of the page in place of sorting all of it.
	window := l.sorted(after).Select("files.*, lower(name) AS lowered").Limit(searchWindow)
	near := db.Table("(?) AS near", window).Where("lowered LIKE lower(?)", pattern).
		Order(strings.ReplaceAll(l.order.columns(false, l.direction), "lower(name)", "lowered")).Limit(l.limit + 1)
	rows, err := l.read(db, near)
	if err != nil || len(rows) > l.limit {
		return rows, err
	}
	last := l.sorted(after).Offset(searchWindow - 1).Limit(1)
	far := l.behind(after, last)
	// OFFSET 0 keeps the planner from walking the order of the list here too.
	found := db.Table("(?) AS far", far.Where(`name_grams(name) COLLATE "C" @> search_grams(?)`, text).Where(has, pattern).Offset(0))
	more, err := l.read(db, l.sorted(found).Limit(l.limit+1-len(rows)))
	return append(rows, more...), err
}

// behind limits q to what comes after the one row of last, to nothing if there
// is none.
func (l fileList) behind(q, last *gorm.DB) *gorm.DB {
	if l.order.by == "" {
		return q.Where("id "+l.compare+" (?)", last.Select("id"))
	}
	return q.Where("("+l.order.by+", id) "+l.compare+" (?)", last.Select(l.order.by+", id"))
}

// likeEscaper makes a pattern of LIKE match its own characters.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
