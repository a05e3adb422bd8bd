package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// rowStatements fill a database whose owner $1 shall have a fifth of $2 files,
// and two hundred others the rest, in between. Names are of the kinds that
// cameras and people give; a twentieth lies in the trash. Checks and triggers
// are off: the rows are right by construction.
var rowStatements = []string{
	`SET session_replication_role = replica`,
	`SET maintenance_work_mem = '1GB'`,
	`DROP INDEX files_search`,
	`INSERT INTO users (id, email, name, role, password_hash, quota_bytes)
	 SELECT md5('user' || n)::uuid, 'listed-' || n || '@example.org', 'Somebody', 'user', '-', 1::bigint << 40 FROM generate_series(1, 200) n`,
	`INSERT INTO blobs (id, sha256, settings, original_size, mime_type, width, height, thumbhash, phash, unreferenced_since)
	 SELECT md5('blob' || n)::uuid, md5('a' || n) || md5('b' || n), 'bench', 2000000, 'image/webp', 2560, 1920, '\x0102030405060708', n, NULL
	   FROM generate_series(0, 49999) n`,
	`INSERT INTO blob_variants (blob_id, name, key, mime_type, size, width, height, sha256)
	 SELECT md5('blob' || n)::uuid, v.name, 'blobs/' || md5('blob' || n)::uuid || '/' || v.name, 'image/webp', v.size + n, v.side, v.side, md5('a' || n) || md5('b' || n)
	   FROM generate_series(0, 49999) n, (VALUES ('full', 400000, 2560), ('preview', 90000, 1280), ('thumb', 12000, 400)) v (name, size, side)`,
	`CREATE TEMPORARY TABLE made AS
	 SELECT n, CASE n % 5 WHEN 0 THEN $1::uuid ELSE md5('user' || (1 + n % 200))::uuid END AS owner_id,
	        (lpad(to_hex(1700000000000 + n::bigint * 7000), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid AS id,
	        to_timestamp(1700000000 + n::bigint * 7) AS at, 400000 + n % 50000 AS size,
	        CASE WHEN n % 500 = 5 THEN 'summer holiday, beach ' || n || '.jpeg' WHEN n % 9973 = 0 THEN 'Zürich Quai ' || n || '.png'
	             WHEN n % 3 = 0 THEN 'Screenshot ' || to_char(to_timestamp(1700000000 + n::bigint * 7), 'YYYY-MM-DD HH24-MI-SS') || '.png'
	             WHEN n % 3 = 1 THEN 'IMG_' || lpad((n * 7919::bigint % 1000003)::text, 7, '0') || '.JPG'
	             ELSE 'DSC0' || lpad((n * 104729::bigint % 1000003)::text, 7, '0') || '.jpg' END AS name
	   FROM generate_series(1, $2::int) n`,
	`INSERT INTO files (id, owner_id, name, current_version, size, created_at, updated_at, trashed_at, last_version)
	 SELECT id, owner_id, name, 1, size, at, at, CASE WHEN n % 20 = 3 THEN now() END, 1 FROM made ORDER BY n`,
	`INSERT INTO versions (id, file_id, owner_id, number, blob_id, sha256, stored_bytes, created_by, created_at)
	 SELECT md5('version' || n)::uuid, id, owner_id, 1, md5('blob' || n % 50000)::uuid, md5('a' || n % 50000) || md5('b' || n % 50000), 502000, owner_id, at
	   FROM made ORDER BY n`,
	`INSERT INTO uploads (id, owner_id, name, size, sha256, mime_type, state, outcome, file_id, version_number, created_at, finished_at)
	 SELECT md5('upload' || n)::uuid, owner_id, name, 2000000, md5('a' || n) || md5('b' || n), 'image/jpeg', 'done', 'created', id, 1, at, at
	   FROM made WHERE n % 5 = 0 OR n % 50 = 1 ORDER BY n`,
	`INSERT INTO notifications (id, user_id, kind, title, body, upload_id, file_id, created_at)
	 SELECT md5('notification' || n)::uuid, owner_id, 'upload.done', name, '', md5('upload' || n)::uuid, id, at FROM made WHERE n % 5 = 0 ORDER BY n`,
	`INSERT INTO audit_log (id, actor_id, action, target_kind, target_id)
	 SELECT id, owner_id, CASE n % 100 WHEN 0 THEN 'user.created' ELSE 'file.deleted' END, 'file', id::text FROM made WHERE n % 5 = 1 ORDER BY n`,
	`DROP TABLE made`,
	`CREATE INDEX files_search ON files USING gin (owner_id, (name_grams(name) COLLATE "C")) WITH (fastupdate = off)`,
	`SET session_replication_role = DEFAULT`,
	`VACUUM ANALYZE`,
}

// makeRows fills the database; owner gets a fifth of the files.
func makeRows(ctx context.Context, url, owner string, files int) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	for i, statement := range rowStatements {
		var args []any
		if i == 6 { // the one that makes the files
			args = []any{owner, files}
		}
		if _, err := conn.Exec(ctx, statement, args...); err != nil {
			return fmt.Errorf("fill the database: %w", err)
		}
	}
	return nil
}
