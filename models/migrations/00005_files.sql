-- Quota by number, public links, and a search that stays fast among many files.
-- +goose Up
CREATE EXTENSION IF NOT EXISTS btree_gin; -- an owner's id beside the pieces of a name, in one index

ALTER TABLE users ADD COLUMN quota_files bigint NOT NULL DEFAULT 500000 CHECK (quota_files >= 0);
-- Its original will be kept: it reserves twice its size.
ALTER TABLE uploads ADD COLUMN keeps_original boolean NOT NULL DEFAULT false;

-- A public link. It is found by the hash of its token; the sealed copy is for
-- showing the link again, and opens only with a key that is not in the database.
CREATE TABLE shares (
    id             uuid PRIMARY KEY,
    file_id        uuid NOT NULL REFERENCES files ON DELETE CASCADE,
    created_by     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash     bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    token_sealed   bytea NOT NULL,
    password_hash  text NOT NULL DEFAULT '',
    views          bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
    last_viewed_at timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL CHECK (expires_at > created_at)
) WITH (fillfactor = 80); -- a view changes no indexed column: the row changes in place
CREATE INDEX shares_file ON shares (file_id, id);
CREATE INDEX shares_created_by ON shares (created_by);

-- name_grams are all pieces of one, two and three characters of a name in lower
-- case, and some empty ones. A name contains a text of at most three characters
-- exactly if it is among them.
-- +goose StatementBegin
CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT string_to_array(n, NULL)
        || string_to_array(regexp_replace(n, '(..)', E'\\1\x01', 'g'), E'\x01')
        || string_to_array(regexp_replace(substr(n, 2), '(..)', E'\\1\x01', 'g'), E'\x01')
        || string_to_array(regexp_replace(n, '(...)', E'\\1\x01', 'g'), E'\x01')
        || string_to_array(regexp_replace(substr(n, 2), '(...)', E'\\1\x01', 'g'), E'\x01')
        || string_to_array(regexp_replace(substr(n, 3), '(...)', E'\\1\x01', 'g'), E'\x01')
      FROM (SELECT lower(name) AS n) AS lowered
$$;
-- search_grams are the pieces that a name must have to contain a text: of a
-- long one the first thirty-two, which narrow it down enough.
CREATE FUNCTION search_grams(part text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN length(n) < 3 THEN ARRAY[n] ELSE
               (SELECT array_agg(DISTINCT substr(n, i, 3)) FROM generate_series(1, least(length(n) - 2, 32)) AS i) END
      FROM (SELECT lower(part) AS n) AS lowered
$$;
-- +goose StatementEnd
-- Without the list of pending entries, which every search would have to read through.
-- Compared as bytes, which is all that sameness needs and costs a fraction.
CREATE INDEX files_search ON files USING gin (owner_id, (name_grams(name) COLLATE "C")) WITH (fastupdate = off);

-- +goose Down
DROP INDEX files_search;
DROP FUNCTION search_grams, name_grams;
DROP TABLE shares;
ALTER TABLE uploads DROP COLUMN keeps_original;
ALTER TABLE users DROP COLUMN quota_files;
