-- A number that moves with every change of a record, so that whoever keeps records in memory sees by one look that none
-- has changed. Its row is locked until the transaction ends: who sees the number sees all that it counts.
CREATE TABLE revision (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision BIGINT  NOT NULL
);

INSERT INTO revision VALUES (1, 0);

CREATE FUNCTION records_revised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE revision SET revision = revision + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER revision_moves AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON records
    FOR EACH STATEMENT EXECUTE FUNCTION records_revised();

-- What somebody changes by hand is another version too.
CREATE FUNCTION records_renewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER records_renew BEFORE UPDATE ON records FOR EACH ROW
    WHEN (NEW.version = OLD.version) EXECUTE FUNCTION records_renewed();
