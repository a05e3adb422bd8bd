-- Events for other programs. A delivery is written in the transaction of what
-- it tells of, so that none is lost and none tells of what did not happen.
-- +goose Up
CREATE TABLE webhooks (
    id          uuid PRIMARY KEY, -- grows with time (UUIDv7)
    url         text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 200),
    secret      bytea NOT NULL CHECK (length(secret) BETWEEN 24 AND 64), -- to sign with: it must be readable
    events      text[] NOT NULL CHECK (cardinality(events) > 0),
    enabled     boolean NOT NULL DEFAULT true,
    created_by  uuid REFERENCES users ON DELETE SET NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE webhook_deliveries (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    webhook_id   uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event        text NOT NULL,
    owner_id     uuid, -- whose file or upload; no reference: it may be gone by then
    subject_id   uuid NOT NULL,
    payload      bytea, -- made at the first attempt and kept: all attempts send the same bytes
    state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    round        integer NOT NULL DEFAULT 1 CHECK (round >= 1), -- one more with each redelivery
    started_at   timestamptz, -- when this round's workflow was asked for
    attempts     integer NOT NULL DEFAULT 0,
    last_status  integer,
    last_error   text,
    last_attempt timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    CHECK ((finished_at IS NOT NULL) = (state <> 'pending'))
);
CREATE UNIQUE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, seq DESC);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (seq) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION emit_webhook(happened text, owner uuid, subject uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_deliveries (webhook_id, event, owner_id, subject_id)
    SELECT w.id, happened, owner, subject FROM webhooks w WHERE w.enabled AND happened = ANY (w.events);
    IF FOUND THEN
        PERFORM pg_notify('safelight', json_build_object('k', 'webhook', 'o', owner, 'i', subject)::text);
    END IF;
END $$;

-- Every change of a file is told of by emit_signal: what hangs on that misses none.
CREATE OR REPLACE FUNCTION emit_signal(kind text, owner uuid, id uuid, action text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('safelight', json_strip_nulls(json_build_object('k', kind, 'o', owner, 'i', id, 'a', action))::text);
    IF kind = 'file' THEN
        PERFORM emit_webhook('file.' || action, owner, id);
    END IF;
END $$;

-- Admins get copies of an owner's notification: one delivery is enough.
CREATE FUNCTION notifications_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.upload_id IS NULL OR EXISTS (SELECT 1 FROM uploads u WHERE u.id = NEW.upload_id AND u.owner_id = NEW.user_id) THEN
        PERFORM emit_webhook(NEW.kind, NEW.user_id, NEW.id);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER notifications_webhook AFTER INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION notifications_webhook();

-- +goose Down
DROP TRIGGER notifications_webhook ON notifications;
DROP FUNCTION notifications_webhook;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION emit_signal(kind text, owner uuid, id uuid, action text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('safelight', json_strip_nulls(json_build_object('k', kind, 'o', owner, 'i', id, 'a', action))::text);
END $$;
-- +goose StatementEnd
DROP FUNCTION emit_webhook;
DROP TABLE webhook_deliveries, webhooks;
