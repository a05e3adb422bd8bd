-- Who did what to whom, from where and when. Rows are added and never changed:
-- a trigger refuses it to everybody, also to who owns the table.
-- +goose Up
CREATE TABLE audit_log (
    id          uuid PRIMARY KEY, -- grows with time (UUIDv7): the order of the list
    at          timestamptz NOT NULL DEFAULT now(),
    actor_id    uuid,                     -- null: the system itself. No reference: the log outlives accounts
    actor_email text NOT NULL DEFAULT '', -- as it was at the time
    action      text NOT NULL CHECK (action ~ '^[a-z]+(\.[a-z_]+)+$'),
    target_kind text NOT NULL DEFAULT '',
    target_id   text NOT NULL DEFAULT '',
    ip          text NOT NULL DEFAULT '',
    request_id  text NOT NULL DEFAULT '',
    details     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_action ON audit_log (action, id);

-- +goose StatementBegin
CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_append_only();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();

-- +goose Down
DROP TABLE audit_log;
DROP FUNCTION audit_log_append_only;
