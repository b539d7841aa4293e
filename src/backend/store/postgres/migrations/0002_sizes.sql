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

-- Kept here, so that the sums follow whoever writes, also a process of the version before that is still running.
CREATE FUNCTION records_weighed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' AND NEW.size <> 0 THEN
        INSERT INTO sizes AS known VALUES (NEW.kind, NEW.parent, coalesce(NEW.scope, ''), NEW.size)
            ON CONFLICT (kind, parent, scope) DO UPDATE SET size = known.size + excluded.size;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.size <> 0 THEN
        UPDATE sizes SET size = size - OLD.size
            WHERE kind = OLD.kind AND parent = OLD.parent AND scope = coalesce(OLD.scope, '');
        DELETE FROM sizes
            WHERE kind = OLD.kind AND parent = OLD.parent AND scope = coalesce(OLD.scope, '') AND size = 0;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER records_come AFTER INSERT ON records FOR EACH ROW
    WHEN (NEW.size <> 0) EXECUTE FUNCTION records_weighed();
CREATE TRIGGER records_go AFTER DELETE ON records FOR EACH ROW
    WHEN (OLD.size <> 0) EXECUTE FUNCTION records_weighed();
CREATE TRIGGER records_change AFTER UPDATE OF scope, size ON records FOR EACH ROW
    WHEN (OLD.size <> NEW.size OR OLD.scope IS DISTINCT FROM NEW.scope) EXECUTE FUNCTION records_weighed();

-- The policies that are there weigh what their statements have in bytes. Read as text, since not every statement that
-- JSON can hold is one that this server's JSON can: it has no character U+0000. An escape stands for one byte.
UPDATE records SET size = octet_length(regexp_replace(statement, $re$\\(u[0-9a-f]{4}|.)$re$, 'x', 'g'))
    FROM (SELECT id, substring(
              body FROM $re$"asked":\{"definition":\{"(?:cedar|policy)":\{"statement":"((?:[^"\\]|\\.)*)"$re$
          ) AS statement FROM records WHERE kind = 'policy') AS read
    WHERE kind = 'policy' AND records.id = read.id AND statement IS NOT NULL;
