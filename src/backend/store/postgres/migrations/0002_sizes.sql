-- What a record weighs, and how much the records of a kind, a parent and a scope weigh together: a sum that is kept, so
-- that a write is bounded without a look at all of them. The empty scope stands for none.
ALTER TABLE records ADD COLUMN size BIGINT NOT NULL DEFAULT 0;

CREATE TABLE sizes (
    kind   TEXT   COLLATE "C" NOT NULL,
    parent TEXT   COLLATE "C" NOT NULL,
    scope  TEXT   COLLATE "C" NOT NULL,
    size   BIGINT NOT NULL,
    PRIMARY KEY (kind, parent, scope)
);

CREATE INDEX sizes_order ON sizes (kind, parent, size);

-- Kept here, so that the sums follow whoever writes, also a process of the version before that is still running. Many
-- records that come or go at once change a sum once.
CREATE FUNCTION records_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sizes AS known
        SELECT kind, parent, coalesce(scope, ''), sum(size) FROM come WHERE size <> 0 GROUP BY 1, 2, 3
        ON CONFLICT (kind, parent, scope) DO UPDATE SET size = known.size + excluded.size;
    RETURN NULL;
END
$$;

CREATE FUNCTION records_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sizes SET size = sizes.size - less.size
        FROM (SELECT kind, parent, coalesce(scope, '') AS scope, sum(size) AS size
              FROM gone WHERE size <> 0 GROUP BY 1, 2, 3) AS less
        WHERE (sizes.kind, sizes.parent, sizes.scope) = (less.kind, less.parent, less.scope);
    DELETE FROM sizes USING gone
        WHERE (sizes.kind, sizes.parent, sizes.scope) = (gone.kind, gone.parent, coalesce(gone.scope, ''))
            AND sizes.size = 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION records_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sizes AS known VALUES (NEW.kind, NEW.parent, coalesce(NEW.scope, ''), NEW.size)
        ON CONFLICT (kind, parent, scope) DO UPDATE SET size = known.size + excluded.size;
    UPDATE sizes SET size = size - OLD.size
        WHERE kind = OLD.kind AND parent = OLD.parent AND scope = coalesce(OLD.scope, '');
    DELETE FROM sizes WHERE kind = NEW.kind AND parent = NEW.parent
        AND scope IN (coalesce(OLD.scope, ''), coalesce(NEW.scope, '')) AND size = 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER records_come AFTER INSERT ON records REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION records_came();
CREATE TRIGGER records_go AFTER DELETE ON records REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION records_went();
CREATE TRIGGER records_change AFTER UPDATE OF scope, size ON records FOR EACH ROW
    WHEN (OLD.size <> NEW.size OR OLD.scope IS DISTINCT FROM NEW.scope) EXECUTE FUNCTION records_changed();

-- The policies that are there weigh what their statements have in bytes. Read as text, since not every statement that
-- JSON can hold is one that this server's JSON can: it has no character U+0000. An escape stands for one byte.
UPDATE records SET size = octet_length(regexp_replace(statement, $re$\\(u[0-9a-f]{4}|.)$re$, 'x', 'g'))
    FROM (SELECT id, substring(
              body FROM $re$"asked":\{"definition":\{"(?:cedar|policy)":\{"statement":"((?:[^"\\]|\\.)*)"$re$
          ) AS statement FROM records WHERE kind = 'policy') AS read
    WHERE kind = 'policy' AND records.id = read.id AND statement IS NOT NULL;
