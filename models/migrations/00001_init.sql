-- The schema holds the invariants; the code may rely on them.
-- +goose Up

-- emit_signal sends a models.Signal to every listening process when the
-- transaction commits. action may be null.
-- +goose StatementBegin
CREATE FUNCTION emit_signal(kind text, owner uuid, id uuid, action text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('safelight', json_strip_nulls(json_build_object('k', kind, 'o', owner, 'i', id, 'a', action))::text)
$$;
-- +goose StatementEnd

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role          text NOT NULL CHECK (role IN ('user', 'admin')),
    status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    password_hash text NOT NULL,
    quota_bytes   bigint NOT NULL CHECK (quota_bytes >= 0),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (email);

-- One sign-in: a family of refresh tokens. token_hash is the newest one's
-- SHA-256; those it replaced are in used_refresh_tokens, to notice a reuse.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash   bytea NOT NULL UNIQUE,
    user_agent   text NOT NULL DEFAULT '',
    ip           text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE TABLE used_refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    used_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX used_refresh_tokens_session ON used_refresh_tokens (session_id);

-- Stored content: one row per hash of the uploaded bytes and settings. The id
-- is that of the upload that brought it first.
CREATE TABLE blobs (
    id                 uuid PRIMARY KEY,
    sha256             text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    settings           text NOT NULL,
    original_size      bigint NOT NULL CHECK (original_size > 0),
    mime_type          text NOT NULL,
    width              integer NOT NULL CHECK (width > 0),
    height             integer NOT NULL CHECK (height > 0),
    thumbhash          bytea NOT NULL,
    phash              bigint NOT NULL,
    message            text NOT NULL DEFAULT '',
    created_at         timestamptz NOT NULL DEFAULT now(),
    unreferenced_since timestamptz DEFAULT now(),
    UNIQUE (sha256, settings)
);
CREATE INDEX blobs_unreferenced ON blobs (unreferenced_since) WHERE unreferenced_since IS NOT NULL;
CREATE TABLE blob_variants (
    blob_id   uuid NOT NULL REFERENCES blobs ON DELETE CASCADE,
    name      text NOT NULL CHECK (name IN ('full', 'preview', 'thumb', 'original')),
    key       text NOT NULL UNIQUE,
    mime_type text NOT NULL,
    size      bigint NOT NULL CHECK (size > 0),
    width     integer NOT NULL CHECK (width > 0),
    height    integer NOT NULL CHECK (height > 0),
    sha256    text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (blob_id, name)
);

CREATE TABLE files (
    id              uuid PRIMARY KEY,
    owner_id        uuid NOT NULL REFERENCES users,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 1000),
    current_version integer NOT NULL CHECK (current_version >= 1),
    size            bigint NOT NULL CHECK (size > 0), -- of the current version's full variant: what lists sort by
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    trashed_at      timestamptz,
    UNIQUE (id, owner_id)
);
-- One index for each order of each list of an owner; the id makes keys unique.
-- Lists over all owners go by id, which grows with time (UUIDv7): an index on
-- created_at alone would tempt the planner to look for one owner's rows in it.
CREATE INDEX files_owner_created ON files (owner_id, created_at, id) WHERE trashed_at IS NULL;
CREATE INDEX files_owner_name ON files (owner_id, lower(name), id) WHERE trashed_at IS NULL;
CREATE INDEX files_owner_size ON files (owner_id, size, id) WHERE trashed_at IS NULL;
CREATE INDEX files_trash_created ON files (owner_id, created_at, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trash_name ON files (owner_id, lower(name), id) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trash_size ON files (owner_id, size, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trashed_at ON files (trashed_at) WHERE trashed_at IS NOT NULL;

CREATE TABLE uploads (
    id                    uuid PRIMARY KEY,
    owner_id              uuid NOT NULL REFERENCES users,
    name                  text NOT NULL CHECK (length(name) BETWEEN 1 AND 1000),
    size                  bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    reserved_bytes        bigint NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
    sha256                text NOT NULL DEFAULT '',
    mime_type             text NOT NULL DEFAULT '',
    state                 text NOT NULL CHECK (state IN ('receiving', 'processing', 'stalled', 'done', 'rejected', 'canceled', 'failed')),
    target_file_id        uuid,
    outcome               text CHECK (outcome IN ('created', 'versioned', 'duplicate', 'restored', 'unchanged')),
    rejection_code        text CHECK (rejection_code IN ('infected', 'unscannable', 'corrupt', 'unsupported', 'too_many_pixels', 'integrity')),
    rejection_detail      text,
    rejection_signature   text,
    file_id               uuid,
    version_number        integer,
    duplicate_of          uuid,
    blob_id               uuid REFERENCES blobs, -- restricts: a blob on its way into a version can not be collected
    stored_size           bigint,
    step                  text NOT NULL DEFAULT '',
    percent               integer NOT NULL DEFAULT 0 CHECK (percent BETWEEN 0 AND 100),
    seq                   bigint NOT NULL DEFAULT 0,
    steps                 jsonb,
    undone                boolean NOT NULL DEFAULT false, -- its objects are being deleted: it adopts no blob any more
    idempotency_key       text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    finished_at           timestamptz,
    CHECK ((state = 'rejected') = (rejection_code IS NOT NULL)),
    CHECK (state <> 'done' OR outcome IS NOT NULL),
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'rejected', 'canceled', 'failed'))),
    CHECK (state IN ('receiving', 'canceled', 'failed') OR (size > 0 AND sha256 ~ '^[0-9a-f]{64}$' AND mime_type <> ''))
) WITH (fillfactor = 80);
-- A step's beginning changes seq, step, percent and updated_at and nothing
-- else: none of them is in an index, so that the row changes in place (HOT).
CREATE INDEX uploads_state ON uploads (state, id); -- over all owners
CREATE INDEX uploads_owner ON uploads (owner_id, created_at, id);
CREATE INDEX uploads_owner_state ON uploads (owner_id, state, created_at, id);
CREATE INDEX uploads_blob ON uploads (blob_id) WHERE blob_id IS NOT NULL;
CREATE UNIQUE INDEX uploads_idempotency ON uploads (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION uploads_state_arrows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (
        (OLD.state = 'receiving'  AND NEW.state IN ('processing', 'canceled', 'failed')) OR
        (OLD.state = 'processing' AND NEW.state IN ('stalled', 'done', 'rejected', 'canceled', 'failed')) OR
        (OLD.state = 'stalled'    AND NEW.state IN ('processing', 'done', 'rejected', 'canceled', 'failed'))
    ) THEN
        RAISE EXCEPTION 'upload % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'uploads_state_arrows';
    END IF;
    IF OLD.outcome IS NOT NULL AND NEW.outcome IS DISTINCT FROM OLD.outcome THEN
        RAISE EXCEPTION 'upload %: its outcome is % already', OLD.id, OLD.outcome
            USING ERRCODE = 'check_violation', CONSTRAINT = 'uploads_outcome_once';
    END IF;
    IF NEW.seq < OLD.seq THEN
        RAISE EXCEPTION 'upload %: seq cannot fall from % to %', OLD.id, OLD.seq, NEW.seq
            USING ERRCODE = 'check_violation', CONSTRAINT = 'uploads_seq_grows';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER uploads_state_arrows BEFORE UPDATE ON uploads FOR EACH ROW EXECUTE FUNCTION uploads_state_arrows();

-- Who of an owner's uploads works on which content. A claim of an upload in a
-- final state counts as free.
CREATE TABLE claims (
    owner_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    sha256     text NOT NULL,
    upload_id  uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_id, sha256)
);
CREATE UNIQUE INDEX claims_upload ON claims (upload_id);

CREATE TABLE versions (
    id            uuid PRIMARY KEY,
    file_id       uuid NOT NULL,
    owner_id      uuid NOT NULL,
    number        integer NOT NULL CHECK (number >= 1),
    upload_id     uuid UNIQUE REFERENCES uploads ON DELETE SET NULL, -- one version per upload; null when restored
    blob_id       uuid NOT NULL REFERENCES blobs,
    sha256        text NOT NULL, -- the blob's: found by owner without a join
    stored_bytes  bigint NOT NULL CHECK (stored_bytes > 0), -- of all variants: what it costs the owner
    created_by    uuid NOT NULL REFERENCES users,
    restored_from integer,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (file_id, number),
    FOREIGN KEY (file_id, owner_id) REFERENCES files (id, owner_id) ON DELETE CASCADE
);
CREATE INDEX versions_owner_content ON versions (owner_id, sha256);
CREATE INDEX versions_owner_bytes ON versions (owner_id) INCLUDE (stored_bytes);
CREATE INDEX versions_blob ON versions (blob_id);
ALTER TABLE files ADD CONSTRAINT files_current_version
    FOREIGN KEY (id, current_version) REFERENCES versions (file_id, number) DEFERRABLE INITIALLY DEFERRED;

-- Numbers are given 1..n without a gap: a new one is one above the highest
-- ever given to its file (later deletions leave holes, never reuse).
ALTER TABLE files ADD COLUMN last_version integer NOT NULL DEFAULT 0;
-- +goose StatementBegin
CREATE FUNCTION versions_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE files SET last_version = NEW.number WHERE id = NEW.file_id AND last_version = NEW.number - 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'version % of file % leaves a gap or is taken', NEW.number, NEW.file_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'versions_number';
    END IF;
    -- Both triggers lock the blob before they look: of a version that comes
    -- and one that goes at the same moment each sees what the other did.
    PERFORM 1 FROM blobs WHERE id = NEW.blob_id FOR NO KEY UPDATE;
    UPDATE blobs SET unreferenced_since = NULL WHERE id = NEW.blob_id AND unreferenced_since IS NOT NULL;
    RETURN NEW;
END $$;
CREATE FUNCTION versions_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM blobs WHERE id = OLD.blob_id FOR NO KEY UPDATE;
    UPDATE blobs SET unreferenced_since = now()
     WHERE id = OLD.blob_id AND NOT EXISTS (SELECT 1 FROM versions WHERE blob_id = OLD.blob_id);
    RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER versions_number AFTER INSERT ON versions FOR EACH ROW EXECUTE FUNCTION versions_number();
CREATE TRIGGER versions_gone AFTER DELETE ON versions FOR EACH ROW EXECUTE FUNCTION versions_gone();

CREATE TABLE notifications (
    id         uuid PRIMARY KEY,
    seq        bigint GENERATED ALWAYS AS IDENTITY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('upload.done', 'upload.duplicate', 'upload.rejected', 'upload.failed', 'upload.stalled')),
    title      text NOT NULL,
    body       text NOT NULL,
    upload_id  uuid REFERENCES uploads ON DELETE CASCADE,
    file_id    uuid,
    read_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
-- An admin is told of a stalled upload too, so a user is part of the rule.
CREATE UNIQUE INDEX notifications_once ON notifications (upload_id, kind, user_id);
CREATE INDEX notifications_user ON notifications (user_id, seq DESC);
CREATE INDEX notifications_unread ON notifications (user_id, seq DESC) WHERE read_at IS NULL;

-- +goose Down
DROP TABLE notifications, versions, claims, uploads, files, blob_variants, blobs, used_refresh_tokens, sessions, users CASCADE;
DROP FUNCTION uploads_state_arrows, versions_number, versions_gone, emit_signal;
