-- What a record weighs, and how much the records of a kind, a parent and a scope weigh together: a sum that is kept, so
-- that a write is bounded without a look at all of them. The empty scope stands for none.
ALTER TABLE records ADD COLUMN size INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sizes (
    kind   TEXT    NOT NULL,
    parent TEXT    NOT NULL,
    scope  TEXT    NOT NULL,
    size   INTEGER NOT NULL,
    PRIMARY KEY (kind, parent, scope)
) STRICT, WITHOUT ROWID;

CREATE INDEX sizes_order ON sizes (kind, parent, size);

-- Kept here, so that the sums follow whoever writes, also a process of the version before.
CREATE TRIGGER records_come AFTER INSERT ON records WHEN NEW.size <> 0 BEGIN
    INSERT INTO sizes VALUES (NEW.kind, NEW.parent, coalesce(NEW.scope, ''), NEW.size)
        ON CONFLICT (kind, parent, scope) DO UPDATE SET size = size + excluded.size;
END;

CREATE TRIGGER records_go AFTER DELETE ON records WHEN OLD.size <> 0 BEGIN
    UPDATE sizes SET size = size - OLD.size
        WHERE kind = OLD.kind AND parent = OLD.parent AND scope = coalesce(OLD.scope, '');
    DELETE FROM sizes
        WHERE kind = OLD.kind AND parent = OLD.parent AND scope = coalesce(OLD.scope, '') AND size = 0;
END;

CREATE TRIGGER records_change AFTER UPDATE OF scope, size ON records
    WHEN OLD.size <> NEW.size OR OLD.scope IS NOT NEW.scope BEGIN
    INSERT INTO sizes VALUES (NEW.kind, NEW.parent, coalesce(NEW.scope, ''), NEW.size)
        ON CONFLICT (kind, parent, scope) DO UPDATE SET size = size + excluded.size;
    UPDATE sizes SET size = size - OLD.size
        WHERE kind = OLD.kind AND parent = OLD.parent AND scope = coalesce(OLD.scope, '');
    DELETE FROM sizes WHERE kind = NEW.kind AND parent = NEW.parent
        AND scope IN (coalesce(OLD.scope, ''), coalesce(NEW.scope, '')) AND size = 0;
END;

-- The policies that are there weigh what their statements have in bytes.
UPDATE records SET size = coalesce(octet_length(coalesce(
        body ->> '$.asked.definition.cedar.statement', body ->> '$.asked.definition.policy.statement')), 0)
    WHERE kind = 'policy' AND json_valid(body);
