-- Everything the backend keeps. `body` is JSON; the other columns are what the store itself decides by.
-- Words are compared byte by byte, as SQLite does, whatever the collation of the database.
CREATE TABLE records (
    kind    TEXT   COLLATE "C" NOT NULL,
    id      TEXT   COLLATE "C" NOT NULL,
    parent  TEXT   COLLATE "C" NOT NULL,
    name    TEXT   COLLATE "C",
    scope   TEXT   COLLATE "C",
    version BIGINT NOT NULL,
    status  TEXT   NOT NULL,
    due     BIGINT,
    created BIGINT NOT NULL,
    body    TEXT   NOT NULL,
    -- The process that wrote the record last, and that settles it when it is due.
    keeper  INTEGER NOT NULL
);

CREATE UNIQUE INDEX records_key ON records (kind, id);
CREATE UNIQUE INDEX records_name ON records (kind, name) WHERE name IS NOT NULL;
CREATE INDEX records_list ON records (kind, parent, created, id);
CREATE INDEX records_due ON records (due) WHERE due IS NOT NULL;
CREATE INDEX records_kept ON records (keeper, due) WHERE due IS NOT NULL;
