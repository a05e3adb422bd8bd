-- Personal access tokens, one-time links to set a password, accounts that are
-- deleted, and the counters of the sign-in limits.
-- +goose Up

-- A deleted account leaves a row without anything personal: what others did
-- with its help, and the audit log, still refer to its id. purged_at says that
-- nothing else of it is left.
ALTER TABLE users
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN purged_at  timestamptz,
    ADD CONSTRAINT users_deleted CHECK (deleted_at IS NULL OR status = 'suspended' AND password_hash = ''),
    ADD CONSTRAINT users_purged CHECK (purged_at IS NULL OR deleted_at IS NOT NULL);
CREATE INDEX users_unpurged ON users (id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX users_active_admins ON users (id) WHERE role = 'admin' AND status = 'active';

CREATE TABLE access_tokens (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    scopes       text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 3 AND scopes <@ ARRAY['read', 'write', 'admin']),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    expires_at   timestamptz
);
CREATE INDEX access_tokens_user ON access_tokens (user_id, id);

-- One link per user: a newer one takes the place of the last.
CREATE TABLE password_resets (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

-- Token buckets, shared by all API processes. A bucket that is full again is as
-- good as none, so a crash may empty the table: it is not worth a log record.
CREATE UNLOGGED TABLE rate_limits (
    key      bytea PRIMARY KEY,
    full_at  timestamptz NOT NULL,
    capacity interval NOT NULL
);

-- +goose Down
DROP TABLE rate_limits, password_resets, access_tokens;
DROP INDEX users_active_admins, users_unpurged;
ALTER TABLE users DROP COLUMN purged_at, DROP COLUMN deleted_at;
