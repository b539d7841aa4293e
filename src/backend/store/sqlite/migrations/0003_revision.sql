-- A number that moves with every change of a record, so that whoever keeps records in memory sees by one look that none
-- has changed.
CREATE TABLE revision (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO revision VALUES (1, 0);

CREATE TRIGGER revision_come AFTER INSERT ON records BEGIN
    UPDATE revision SET revision = revision + 1;
END;

CREATE TRIGGER revision_go AFTER DELETE ON records BEGIN
    UPDATE revision SET revision = revision + 1;
END;

CREATE TRIGGER revision_change AFTER UPDATE ON records BEGIN
    UPDATE revision SET revision = revision + 1;
END;

-- What somebody changes by hand is another version too.
CREATE TRIGGER records_renew AFTER UPDATE ON records WHEN NEW.version = OLD.version BEGIN
    UPDATE records SET version = version + 1 WHERE kind = NEW.kind AND id = NEW.id;
END;
