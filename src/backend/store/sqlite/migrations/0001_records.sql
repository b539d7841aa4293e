-- Everything the backend keeps. `body` is JSON; the other columns are what the store itself decides by.
CREATE TABLE records (
    kind    TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    parent  TEXT    NOT NULL,
    name    TEXT,
    scope   TEXT,
    version INTEGER NOT NULL,
    status  TEXT    NOT NULL,
    due     INTEGER,
    created INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX records_key ON records (kind, id);
CREATE UNIQUE INDEX records_name ON records (kind, name) WHERE name IS NOT NULL;
CREATE INDEX records_list ON records (kind, parent, created, id);
CREATE INDEX records_due ON records (due) WHERE due IS NOT NULL;
