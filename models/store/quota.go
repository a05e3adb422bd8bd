package store

import (
	"gorm.io/gorm"

	"safelight/models"
)

// The quota of an owner is never exceeded, whatever comes at once, by these rules:
//
//   - what an upload may come to is reserved when it begins, and when it turns
//     out to be more, by who holds the owner's row;
//   - a version takes what its upload had reserved, in the statement that lets
//     go of it; only for more than that the owner's row is held and counted anew;
//   - all sums are of one statement, so that nothing is seen in both places or
//     in neither.

// underWaySQL is the condition that an upload holds its places and bytes.
var underWaySQL = `(outcome IS NULL AND (state IN ('processing', 'stalled') OR state = 'receiving' AND ` + reservesSQL + `))`

// takenSQL is what the owner $2 has of the quota of bytes already: what the
// versions take up, and what uploads on their way have reserved.
var takenSQL = takenBytes("$2")

func takenBytes(owner string) string {
	return `(
	(SELECT coalesce(sum(stored_bytes), 0)::bigint FROM versions WHERE owner_id = ` + owner + `) +
	(SELECT coalesce(sum(reserved_bytes), 0)::bigint FROM uploads
	  WHERE owner_id = ` + owner + ` AND (state IN ('processing', 'stalled') OR state = 'receiving' AND ` + reservesSQL + `)))`
}

// takenFilesSQL is what the owner $2 has of the quota of files already. Every
// upload on its way may become a file; one of those that aim at a file that is
// there does not count: if that file goes, it takes the place that this frees.
var takenFilesSQL = takenFiles("$2")

func takenFiles(owner string) string {
	return `(
	(SELECT count(*) FROM files WHERE owner_id = ` + owner + ` AND trashed_at IS NULL) +
	(SELECT count(*) FROM files WHERE owner_id = ` + owner + ` AND trashed_at IS NOT NULL) +
	(SELECT count(*) - count(DISTINCT aim.id)
	   FROM (SELECT target_file_id FROM uploads WHERE owner_id = ` + owner + ` AND ` + underWaySQL + `) AS way
	   LEFT JOIN files aim ON aim.id = way.target_file_id AND aim.owner_id = ` + owner + `))`
}

// needsSQL is what an upload of size bytes reserves.
func needsSQL(size string) string { return size + ` * CASE WHEN keeps_original THEN 2 ELSE 1 END` }

// overQuotaSQL is the condition that an owner has more than the quota of user q
// allows, which happens when it is lowered.
var overQuotaSQL = `(` + takenBytes("q.id") + ` > q.quota_bytes OR ` + takenFiles("q.id") + ` > q.quota_files)`

// room makes sure that the quota has room for what an upload turned out to
// take up, where that is more than it had reserved.
func room(tx *gorm.DB, up contentRow) error {
	if up.StoredBytes <= up.ReservedBytes {
		return nil
	}
	owner, err := lockUser(tx, up.OwnerID)
	if err != nil {
		return err
	}
	taken, _, err := first[struct {
		Bytes int64 `gorm:"column:bytes"`
	}](tx, `SELECT `+takenSQL+` - reserved_bytes AS bytes FROM uploads WHERE id = $1 AND owner_id = $2`, up.ID, up.OwnerID)
	if err == nil && taken.Bytes+up.StoredBytes > owner.QuotaBytes {
		err = models.ErrQuotaExceeded
	}
	return err
}
