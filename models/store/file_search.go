package store

import "strings"

// What a search may look at for one page, however many files there are and
// whatever it looks for (docs/adr/0013).
const (
	searchNear   = 500  // files of the order, before the index of names is asked
	searchSeen   = 2    // files found among those that speak against asking it
	searchListed = 1500 // files that the index lists with the rarest piece of the text
	searchMet    = 500  // files that it lists with all
	searchFar    = 2500 // further files of the order, where it lists more
)

// fileSearch looks for the files of a list whose name contains a text.
type fileSearch struct {
	fileList
	text    string
	pattern string
}

// nameHas is true of a row f whose name matches a pattern, given twice. What
// sort_name leaves off is looked at in the table, for long names alone.
// The pattern is lowered once: as an expression it would be for each row.
const nameHas = `(f.sort_name LIKE (SELECT lower(?)) OR octet_length(f.sort_name) >= 300
	AND (SELECT lower(n.name) FROM files n WHERE n.id = f.id) LIKE (SELECT lower(?)))`

func (l fileList) search(text string) fileSearch {
	return fileSearch{fileList: l, text: text, pattern: "%" + likeEscaper.Replace(text) + "%"}
}

// page reads the files after a cursor, of which nil is the beginning. end is
// where to go on after a page that came out short.
func (s fileSearch) page(from *cursor) (rows []fileRow, end *cursor, err error) {
	ids, end, err := s.ids(from)
	if err != nil || len(ids) == 0 {
		return nil, end, err
	}
	rows, err = s.read(s.db.Table("files").Select("id").Where("id = ANY (?::uuid[])", uuidArray(ids)))
	return rows, end, err
}

// ids finds the files of a page in steps that are each bounded. The next files
// of the order are looked at one by one: that finds what is frequent. If they
// do not make a page, what comes behind them is taken from the index of names:
// that finds what is rare. A text that is frequent, but not here, is looked for
// in more files of the order; it is then that a page may come out short. What the
// index has said to be frequent it is not asked about again for the next page.
func (s fileSearch) ids(from *cursor) (ids []string, end *cursor, err error) {
	many := from != nil && from.Many
	end = from
	if !many {
		ids, end, err = s.walk(from, searchNear, s.limit+1)
		if err != nil || end == nil {
			return ids, nil, err
		}
	}
	missing := s.limit + 1 - len(ids)
	if !many && len(ids) < searchSeen {
		more, whole, err := s.find(*end, missing)
		if err != nil || whole {
			return append(ids, more...), nil, err
		}
		many = true
	}
	more, end, err := s.walk(end, searchFar, missing)
	if end != nil {
		end.Many = many
	}
	return append(ids, more...), end, err
}

// walk looks at the next files after a cursor and gives those found, at most
// limit. end is the last one looked at, nil if as many were found or the list ends.
func (s fileSearch) walk(from *cursor, files, limit int) (ids []string, end *cursor, err error) {
	after, err := s.after(s.owned.Where(s.shown), from)
	if err != nil {
		return nil, nil, err
	}
	// With its size as a parameter the window is planned for this owner each time:
	// a plan for any of them would sort all files of one who has very many.
	window := s.sorted(after).Select(s.order.indexed()).Limit(files)
	err = s.sorted(s.db.Table("(?) AS f", window).Select("f.id").Where(nameHas, s.pattern, s.pattern)).
		Limit(limit).Scan(&ids).Error
	if err != nil || len(ids) == limit {
		return ids, nil, err
	}
	var last []fileRow
	err = s.sorted(after).Select(s.order.indexed()).Offset(files - 1).Limit(1).Scan(&last).Error
	if err != nil || len(last) == 0 {
		return ids, nil, err
	}
	at := s.cursor(last[0])
	return ids, &at, nil
}

// find takes the files after a cursor from the index of names, at most limit.
// whole is false if that would be too many, wherever they stand in the order.
func (s fileSearch) find(from cursor, limit int) (ids []string, whole bool, err error) {
	pieces, err := every[piece](s.db, rarestSQL, s.text)
	if err != nil || len(pieces) == 0 || pieces[0].Listed > searchListed {
		return nil, false, err
	}
	// Whether in the trash or not: the planner would read all of another index
	// to tell.
	met := s.owned.Select("f.id, f.sort_name, f.created_at, f.size, f.trashed_at").Limit(searchMet + 1)
	for _, p := range pieces {
		met = met.Where(`name_grams(name) COLLATE "C" @> ARRAY[?]`, p.Gram)
	}
	counted := s.db.Table("(?) AS m", met).Select("m.*, count(*) OVER () AS met")
	wanted, err := s.after(s.db.Where(s.shown).Where(nameHas, s.pattern, s.pattern), &from)
	if err != nil {
		return nil, false, err
	}
	var found []struct {
		ID  string
		Met int
	}
	// Of too many any row will do, to tell that they are.
	err = s.sorted(s.db.Table("(?) AS f", counted).Select("f.id, met").Where(wanted).Or("met > ?", searchMet)).
		Limit(limit).Scan(&found).Error
	if err != nil || len(found) == 0 || found[0].Met > searchMet {
		return nil, len(found) == 0, err
	}
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return ids, true, nil
}

// piece is one of those that a name must have to contain a text.
type piece struct {
	Gram   string
	Listed float64 // about how many files it is listed with
}

// rarestSQL is the rarest pieces of text $1, as far as the statistics of the
// index know: what is not among the most frequent ones is in none. Three are
// asked for, as each costs a look for every file that the rarest is listed
// with, and the name itself is compared in the end.
const rarestSQL = `
	WITH frequent AS (
		SELECT unnest(most_common_elems::text::text[]) AS gram, unnest(most_common_elem_freqs) AS share
		  FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'files_search' AND attname = 'name_grams'
	)
	SELECT g.gram, coalesce(f.share, 0) * (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'files'::regclass) AS listed
	  FROM unnest(search_grams($1)) AS g (gram) LEFT JOIN frequent f ON f.gram = g.gram
	 ORDER BY listed, g.gram LIMIT 3`

// likeEscaper makes a pattern of LIKE match its own characters.
var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
