-- +goose NO TRANSACTION
-- +goose Up
-- Migration 9 wrote the table anew: until a vacuum no index answers alone.
VACUUM (ANALYZE) files;

-- +goose Down
