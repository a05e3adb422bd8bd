package store

import (
	"strconv"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"safelight/models"
)

// fileOrder is how a list of files is ordered: by a column of files, then by
// id; by none is by id alone.
type fileOrder struct {
	sort  models.FileSort
	by    string
	key   func(fileRow) string
	value func(cursor) (any, error)
}

var fileOrders = []fileOrder{
	{
		sort: models.SortCreatedAt, by: "created_at",
		key:   func(r fileRow) string { return timeKey(r.CreatedAt) },
		value: func(c cursor) (any, error) { return c.atTime() },
	},
	{
		sort: models.SortName, by: "sort_name",
		key:   func(r fileRow) string { return r.SortName },
		value: func(c cursor) (any, error) { return c.atText() },
	},
	{
		sort: models.SortSize, by: "size",
		key:   func(r fileRow) string { return strconv.FormatInt(r.Size, 10) },
		value: func(c cursor) (any, error) { return c.atNumber() },
	},
}

// orderBy finds the order to sort by. Over all owners the time of creation is
// that in the id, which has an index.
func orderBy(sort models.FileSort, scope models.Scope) fileOrder {
	order := fileOrders[0]
	for _, o := range fileOrders {
		if o.sort == sort {
			order = o
		}
	}
	if order.sort == models.SortCreatedAt && scope.Any {
		return fileOrder{sort: order.sort, key: func(fileRow) string { return "" }}
	}
	return order
}

// columns is what to sort by.
func (o fileOrder) columns(direction string) string {
	if o.by == "" {
		return "f.id" + direction
	}
	return "f." + o.by + direction + ", f.id" + direction
}

// indexed is what the index of the order has of a file.
func (o fileOrder) indexed() string {
	if o.by == "" || o.by == "sort_name" {
		return "f.id, f.sort_name"
	}
	return "f.id, f.sort_name, f." + o.by
}

// after limits q to what comes after a cursor.
func (o fileOrder) after(q *gorm.DB, c cursor, compare string) (*gorm.DB, error) {
	if err := c.checkID(); err != nil {
		return nil, err
	}
	if o.by == "" {
		return q.Where("f.id "+compare+" ?", c.ID), nil
	}
	value, err := o.value(c)
	if err != nil {
		return nil, err
	}
	return q.Where("(f."+o.by+", f.id) "+compare+" (?, ?)", value, c.ID), nil
}

// fileList is one list of files in an order.
type fileList struct {
	db        *gorm.DB
	owned     *gorm.DB // the files f of its owner, or of all
	shown     string   // the condition that one is in the trash, or that it is not
	order     fileOrder
	compare   string // what comes after a cursor: > or <
	direction string
	limit     int
	tag       string
}

func (l fileList) cursor(r fileRow) cursor {
	return cursor{List: l.tag, Key: l.order.key(r), ID: r.ID}
}

func (l fileList) sorted(q *gorm.DB) *gorm.DB { return q.Order(l.order.columns(l.direction)) }

// after limits q to what comes after a cursor, of which nil is the beginning.
func (l fileList) after(q *gorm.DB, c *cursor) (*gorm.DB, error) {
	if c != nil {
		var err error
		if q, err = l.order.after(q, *c, l.compare); err != nil {
			return nil, err
		}
	}
	return q.Session(&gorm.Session{}), nil // to build more than one query upon
}

// next reads the files after a cursor, and one more than a page has.
func (l fileList) next(from *cursor) ([]fileRow, error) {
	after, err := l.after(l.owned.Where(l.shown), from)
	if err != nil {
		return nil, err
	}
	return l.read(l.sorted(after).Select("f.id").Clauses(literalLimit(l.limit + 1)))
}

// shownColumns are those of fileColumns that a list shows.
const shownColumns = `f.id, f.owner_id, f.name, f.current_version, f.size, f.sort_name, f.created_at, f.updated_at, f.trashed_at,
	(SELECT count(*) FROM versions n WHERE n.file_id = f.id) AS version_count, b.sha256 AS b_sha256,
	b.original_size AS b_original_size, b.mime_type AS b_mime_type, b.width AS b_width, b.height AS b_height, b.thumbhash AS b_thumbhash`

// read reads the files whose ids pick selects, with what a list shows of their
// versions. The join comes after the limit of pick: it costs what the page
// costs, however many files there are.
func (l fileList) read(pick *gorm.DB) ([]fileRow, error) {
	var rows []fileRow
	err := l.sorted(l.db.Table("(?) AS p", pick).Select(shownColumns).Joins("JOIN files f ON f.id = p.id").Joins(fileJoins)).
		Scan(&rows).Error
	return rows, err
}

// listed is a file as read selects it. A file's size is that of its full variant.
func (r fileRow) listed() (models.File, error) {
	f, err := r.file()
	b := &f.Current.Blob
	b.Variants = []models.Variant{{
		Name: models.VariantFull, MIMEType: b.MIMEType, Size: r.Size, Width: b.Width, Height: b.Height,
	}}
	return f, err
}

// literalLimit is a LIMIT in the text of a statement. As a parameter the planner
// takes it for a tenth of the rows, and then would rather plan each call anew,
// which takes as long as the call. There are few: a statement for each.
type literalLimit int

// Name implements clause.Interface.
func (literalLimit) Name() string { return "LIMIT" }

// Build implements clause.Interface.
func (n literalLimit) Build(b clause.Builder) { _, _ = b.WriteString("LIMIT " + strconv.Itoa(int(n))) } // into memory

// MergeClause implements clause.Interface.
func (n literalLimit) MergeClause(c *clause.Clause) { c.Name, c.Expression = "", n }
