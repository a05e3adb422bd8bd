-- Lists and searches of files that read a bounded part of one index each,
-- whoever's files, in whatever order, from whatever page on.
-- +goose Up

-- What names are sorted by and looked through for: in lower case, and no longer
-- than an entry of an index may be. A column and no expression, as indexes
-- answer without the table for columns alone.
ALTER TABLE files ADD COLUMN sort_name text GENERATED ALWAYS AS ("left"(lower(name), 300)) STORED;

DROP INDEX files_owner_created, files_owner_name, files_owner_size, files_trash_created, files_trash_name, files_trash_size;
CREATE INDEX files_owner_created ON files (owner_id, created_at, id) INCLUDE (sort_name) WHERE trashed_at IS NULL;
CREATE INDEX files_owner_name ON files (owner_id, sort_name, id) WHERE trashed_at IS NULL;
CREATE INDEX files_owner_size ON files (owner_id, size, id) INCLUDE (sort_name) WHERE trashed_at IS NULL;
CREATE INDEX files_trash_created ON files (owner_id, created_at, id) INCLUDE (sort_name) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trash_name ON files (owner_id, sort_name, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trash_size ON files (owner_id, size, id) INCLUDE (sort_name) WHERE trashed_at IS NOT NULL;
-- The same over all owners, for whom the id is the time of creation. That every
-- size is above 0 is said in the queries over all owners and in no other: for
-- one owner's files the planner shall not look through everybody's.
CREATE INDEX files_all_created ON files (id) INCLUDE (sort_name) WHERE trashed_at IS NULL AND size > 0;
CREATE INDEX files_all_name ON files (sort_name, id) WHERE trashed_at IS NULL AND size > 0;
CREATE INDEX files_all_size ON files (size, id) INCLUDE (sort_name) WHERE trashed_at IS NULL AND size > 0;
CREATE INDEX files_all_trash_created ON files (id) INCLUDE (sort_name) WHERE trashed_at IS NOT NULL AND size > 0;
CREATE INDEX files_all_trash_name ON files (sort_name, id) WHERE trashed_at IS NOT NULL AND size > 0;
CREATE INDEX files_all_trash_size ON files (size, id) INCLUDE (sort_name) WHERE trashed_at IS NOT NULL AND size > 0;

-- An index answers alone for pages that were vacuumed since they changed.
ALTER TABLE files SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- +goose Down
ALTER TABLE files RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor);
DROP INDEX files_all_created, files_all_name, files_all_size, files_all_trash_created, files_all_trash_name, files_all_trash_size;
DROP INDEX files_owner_created, files_owner_name, files_owner_size, files_trash_created, files_trash_name, files_trash_size;
ALTER TABLE files DROP COLUMN sort_name;
CREATE INDEX files_owner_created ON files (owner_id, created_at, id) WHERE trashed_at IS NULL;
CREATE INDEX files_owner_name ON files (owner_id, lower(name), id) WHERE trashed_at IS NULL;
CREATE INDEX files_owner_size ON files (owner_id, size, id) WHERE trashed_at IS NULL;
CREATE INDEX files_trash_created ON files (owner_id, created_at, id) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trash_name ON files (owner_id, lower(name), id) WHERE trashed_at IS NOT NULL;
CREATE INDEX files_trash_size ON files (owner_id, size, id) WHERE trashed_at IS NOT NULL;
