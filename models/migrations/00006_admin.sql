-- What administrators see and decide: why an upload is stalled, what is locked
-- up and what became of it, and what the integrity check found.
-- +goose Up

-- The code of the failure that an upload is stalled with. It says nothing in another state.
ALTER TABLE uploads ADD COLUMN stall_code text NOT NULL DEFAULT '' CHECK (stall_code ~ '^[a-z_]*$');

-- An upload that begins with bytes which a person let out of quarantine: of
-- which upload they were, and which verdict was found to be wrong.
ALTER TABLE uploads
    ADD COLUMN released_from uuid,
    ADD COLUMN released_signature text,
    ADD CONSTRAINT uploads_release CHECK ((released_from IS NULL) = (released_signature IS NULL));
CREATE UNIQUE INDEX uploads_released_from ON uploads (released_from) WHERE released_from IS NOT NULL;

-- The originals that are or were locked up, by the upload that brought them.
-- A row ends once; purged_at is when its object was known to be gone.
CREATE TABLE quarantine (
    upload_id   uuid PRIMARY KEY REFERENCES uploads ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'released', 'deleted', 'expired', 'lost')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    ended_by    uuid, -- null: the system itself
    reason      text NOT NULL DEFAULT '' CHECK (length(reason) <= 1000),
    released_as uuid,
    purged_at   timestamptz,
    CHECK ((state = 'held') = (ended_at IS NULL)),
    CHECK ((state = 'released') = (released_as IS NOT NULL)),
    CHECK (state <> 'held' OR purged_at IS NULL)
);
CREATE INDEX quarantine_state ON quarantine (state, upload_id);
CREATE INDEX quarantine_age ON quarantine (created_at) WHERE state = 'held';
CREATE INDEX quarantine_unpurged ON quarantine (upload_id) WHERE state <> 'held' AND purged_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION quarantine_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'held' AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'quarantine of upload % is % already', OLD.upload_id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'quarantine_ends_once';
    END IF;
    RETURN NEW;
END $$;
-- Whoever ends an upload as infected has it in quarantine by the same commit.
CREATE FUNCTION uploads_quarantine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quarantine (upload_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER quarantine_ends_once BEFORE UPDATE ON quarantine FOR EACH ROW EXECUTE FUNCTION quarantine_ends_once();
CREATE TRIGGER uploads_quarantine AFTER UPDATE OF state ON uploads FOR EACH ROW
    WHEN (NEW.rejection_code = 'infected' AND OLD.rejection_code IS NULL) EXECUTE FUNCTION uploads_quarantine();
INSERT INTO quarantine (upload_id, created_at) SELECT id, finished_at FROM uploads WHERE rejection_code = 'infected';

-- Stored content of which an object is missing or is not what it was: who sends
-- the same bytes again has every step taken, and the objects replaced.
ALTER TABLE blobs ADD COLUMN damaged_at timestamptz;

CREATE TABLE integrity_reports (
    id           uuid PRIMARY KEY,
    run          text NOT NULL UNIQUE, -- the workflow that makes it
    state        text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
    repair       boolean NOT NULL,
    started_by   uuid, -- null: the schedule
    started_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    objects      bigint NOT NULL DEFAULT 0,
    checked_rows bigint NOT NULL DEFAULT 0,
    hashed_bytes bigint NOT NULL DEFAULT 0,
    CHECK ((state = 'running') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX integrity_reports_running ON integrity_reports ((true)) WHERE state = 'running'; -- one at a time

CREATE TABLE integrity_findings (
    id        uuid PRIMARY KEY,
    report_id uuid NOT NULL REFERENCES integrity_reports ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('orphan_object', 'stray_object', 'missing_object', 'damaged_object',
                                            'tmp_leftover', 'quarantine_orphan', 'quarantine_missing')),
    bucket    text NOT NULL,
    key       text NOT NULL,
    detail    text NOT NULL DEFAULT '',
    state     text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'repaired', 'gone')),
    found_at  timestamptz NOT NULL DEFAULT now(),
    ended_at  timestamptz,
    UNIQUE (report_id, kind, bucket, key),
    CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX integrity_findings_report ON integrity_findings (report_id, id);

-- +goose Down
DROP TABLE integrity_findings, integrity_reports;
ALTER TABLE blobs DROP COLUMN damaged_at;
DROP TRIGGER uploads_quarantine ON uploads;
DROP TABLE quarantine;
DROP FUNCTION quarantine_ends_once, uploads_quarantine;
ALTER TABLE uploads DROP COLUMN released_signature, DROP COLUMN released_from, DROP COLUMN stall_code;
