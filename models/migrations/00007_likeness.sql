-- What tells copies of a picture from other pictures, with each file, so that
-- looking through all of an owner's reads one index and nothing else.
-- +goose Up

-- A phash.Likeness. Blobs of before this have none: of files that show one,
-- and of any two of which one does, the phash alone is compared.
ALTER TABLE blobs ADD COLUMN likeness bytea CHECK (octet_length(likeness) = 32);

-- Of the current version's blob, as size is.
ALTER TABLE files ADD COLUMN phash bigint, ADD COLUMN likeness bit(256);
UPDATE files f SET phash = b.phash
  FROM versions v JOIN blobs b ON b.id = v.blob_id
 WHERE v.file_id = f.id AND v.number = f.current_version;
-- A phash.Outline. Two of these are at least as near as the likenesses however
-- turned: by two comparisons it rules out what would take eight.
ALTER TABLE files ADD COLUMN outline bit(128) GENERATED ALWAYS AS ((
    (substring(likeness FROM 1 FOR 64) | substring(likeness FROM 129 FOR 64)) ||
    (substring(likeness FROM 65 FOR 64) | substring(likeness FROM 193 FOR 64)))::bit(128)) STORED;
CREATE INDEX files_alike ON files (owner_id) INCLUDE (id, phash, likeness, outline) WHERE trashed_at IS NULL;

-- A file's row is written before that of its version, and once more when the
-- version's trigger counts it: by then the blob is known.
-- +goose StatementBegin
CREATE FUNCTION files_likeness() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    blob record;
BEGIN
    SELECT b.phash, ('x' || encode(b.likeness, 'hex'))::bit(256) AS likeness INTO blob
      FROM versions v JOIN blobs b ON b.id = v.blob_id
     WHERE v.file_id = NEW.id AND v.number = NEW.current_version;
    IF FOUND THEN
        NEW.phash := blob.phash;
        NEW.likeness := blob.likeness;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER files_likeness BEFORE UPDATE OF current_version, last_version ON files
    FOR EACH ROW EXECUTE FUNCTION files_likeness();

-- +goose Down
DROP TRIGGER files_likeness ON files;
DROP FUNCTION files_likeness;
DROP INDEX files_alike;
ALTER TABLE files DROP COLUMN outline, DROP COLUMN likeness, DROP COLUMN phash;
ALTER TABLE blobs DROP COLUMN likeness;
