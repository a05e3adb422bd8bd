-- Resumable uploads: what is known of one beside its row in uploads, and the
-- parts that its bytes lie in until all of them are there.
-- +goose Up

-- Until then an upload that can be resumed holds its place in the quota,
-- however long it is silent; null: one that can not be.
ALTER TABLE uploads ADD COLUMN resumable_until timestamptz;

CREATE TABLE tus_uploads (
    upload_id    uuid PRIMARY KEY REFERENCES uploads ON DELETE CASCADE,
    total        bigint CHECK (total > 0), -- bytes to come in all; null: not said yet
    received     bigint NOT NULL DEFAULT 0 CHECK (received >= 0 AND received <= total),
    parts        integer NOT NULL DEFAULT 0,
    metadata     text NOT NULL DEFAULT '' CHECK (length(metadata) <= 16384), -- as it came
    sniffed      text NOT NULL DEFAULT '', -- the type, once the first bytes have told it
    head         bytea,                    -- the first bytes, until then
    -- Who may add a part. A writer that has not been heard of for as long as
    -- its lease can be replaced; until then it can be asked to make room.
    writer       uuid,
    writer_until timestamptz,
    wanted       boolean NOT NULL DEFAULT false,
    CHECK ((writer IS NULL) = (writer_until IS NULL))
);

-- Each part begins where the one before it ended: received is the sum of them.
CREATE TABLE tus_parts (
    upload_id uuid NOT NULL REFERENCES tus_uploads ON DELETE CASCADE,
    start     bigint NOT NULL CHECK (start >= 0),
    size      bigint NOT NULL CHECK (size > 0),
    writer    uuid NOT NULL, -- whose object it is: two never write the same one
    PRIMARY KEY (upload_id, start)
);

-- +goose StatementBegin
CREATE FUNCTION tus_parts_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.start <> coalesce((SELECT start + size FROM tus_parts WHERE upload_id = NEW.upload_id ORDER BY start DESC LIMIT 1), 0) THEN
        RAISE EXCEPTION 'part at % of upload % leaves a gap or is taken', NEW.start, NEW.upload_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'tus_parts_in_order';
    END IF;
    RETURN NEW;
END $$;

-- An upload that is not being received any more has one object, or none.
CREATE FUNCTION tus_parts_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tus_parts WHERE upload_id = NEW.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tus_parts_in_order BEFORE INSERT ON tus_parts FOR EACH ROW EXECUTE FUNCTION tus_parts_in_order();
CREATE TRIGGER tus_parts_gone AFTER UPDATE ON uploads FOR EACH ROW
    WHEN (OLD.resumable_until IS NOT NULL AND OLD.state = 'receiving' AND NEW.state <> 'receiving')
    EXECUTE FUNCTION tus_parts_gone();

-- +goose Down
DROP TRIGGER tus_parts_gone ON uploads;
DROP TABLE tus_parts, tus_uploads;
DROP FUNCTION tus_parts_in_order, tus_parts_gone;
ALTER TABLE uploads DROP COLUMN resumable_until;
