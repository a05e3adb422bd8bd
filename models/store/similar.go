package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"safelight/internal/imaging/phash"
	"safelight/models"
)

// similarRow is a file and how far it is from the one asked about.
type similarRow struct {
	File     fileRow `gorm:"embedded"`
	Distance int     `gorm:"column:distance"`
}

func (r similarRow) similar() (models.SimilarFile, error) {
	f, err := r.File.file()
	return models.SimilarFile{File: f, Distance: r.Distance}, err
}

// similarSQL looks through the live files of owner $1 but $2 for those within
// distance $3, from after distance $4 and id $5 on, at most $6 of them. $7 to
// $14 are the eight likenesses of the picture asked about, or null where it has
// none; $15 to $22 its hashes; $23 and $24 its outlines. What has no likeness
// has no distance by it (least leaves out nulls), and goes by its hash.
//
// It is a pass over all of the owner's rows in the index files_alike, most of
// which the outlines rule out.
var similarSQL = `
	SELECT near.distance, ` + fileColumns + `
	  FROM (
		SELECT id, distance FROM (
			SELECT id, coalesce(least(` + eight("bit_count(likeness # $%d::bit(256))", 7) + `),
			                    ` + strconv.Itoa(phash.HashScale) + ` * least(` + eight("bit_count((phash # $%d::bigint)::bit(64))", 15) + `)) AS distance
			  FROM files
			 WHERE owner_id = $1 AND trashed_at IS NULL AND id <> $2
			   AND (least(bit_count(outline # $23::bit(128)), bit_count(outline # $24::bit(128))) <= $3::bigint) IS NOT FALSE
		) AS compared
		 WHERE distance <= $3::bigint AND (distance, id) > ($4::bigint, $5::uuid)
		 ORDER BY distance, id LIMIT $6
	) AS near JOIN files f ON f.id = near.id ` + fileJoins + `
	 ORDER BY near.distance, f.id`

// eight writes a term for each of eight parameters from the first on.
func eight(term string, first int) string {
	var terms [8]string
	for i := range terms {
		terms[i] = fmt.Sprintf(term, first+i)
	}
	return strings.Join(terms[:], ", ")
}

// SimilarFiles lists the files that look like this one, in the trash or not,
// among its owner's that are not: copies of other sizes, formats and qualities,
// cropped a little, mirrored or turned. Nearest first.
func (s *Store) SimilarFiles(ctx context.Context, scope models.Scope, id string, limit int, after string) (models.Page[models.SimilarFile], error) {
	var none models.Page[models.SimilarFile]
	file, err := s.FileByID(ctx, scope, id)
	if err != nil {
		return none, err
	}
	tag := listTag("similar", file.ID, strconv.Itoa(file.CurrentVersion))
	from, fromID := int64(-1), file.ID // before every distance
	if after != "" {
		c, err := decodeCursor(after, tag)
		if err == nil {
			from, err = c.atNumber()
		}
		if err == nil {
			fromID, err = c.ID, c.checkID()
		}
		if err != nil {
			return none, fail("list similar files", err)
		}
	}
	limit = pageSize(limit)
	args := append([]any{file.OwnerID, file.ID, phash.MaxAlike, from, fromID, limit + 1}, turned(&file.Current.Blob)...)
	rows, err := every[similarRow](s.conn(ctx), similarSQL, args...)
	if err != nil {
		return none, fail("list similar files", err)
	}
	return page(rows, limit, similarRow.similar, func(r similarRow) cursor {
		return cursor{List: tag, Key: strconv.Itoa(r.Distance), ID: r.File.ID}
	})
}

// turned are the parameters that say how a picture looks, however it is turned.
func turned(b *models.Blob) []any {
	likenesses, outlines := make([]any, 8), make([]any, 2)
	if len(b.Likeness) == len(phash.Likeness{}) {
		l := phash.Likeness(b.Likeness)
		for i, turned := range l.Turned() {
			likenesses[i] = bitText(turned[:])
		}
		for i, outline := range l.Outlines() {
			outlines[i] = bitText(outline[:])
		}
	}
	args := likenesses
	for _, h := range phash.Turned(b.PHash) {
		args = append(args, int64(h))
	}
	return append(args, outlines...)
}

// bitText writes bits as PostgreSQL reads them.
func bitText(b []byte) string { return "x" + hex.EncodeToString(b) }
