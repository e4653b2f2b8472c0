-- Where does the audit end? A chain of seals by itself does not tell that its newest rows were deleted.

CREATE TABLE audit_seals (
    number BIGINT NOT NULL,
    digest VARCHAR NOT NULL,
    adopted BIGINT NOT NULL
);
COMMENT ON TABLE audit_seals IS 'The end of the audit, written in one transaction with each of its rows; the newest counts, older ones are cleared away at opening.';
COMMENT ON COLUMN audit_seals.number IS 'Number of the newest row of the audit; 0 where it has none.';
COMMENT ON COLUMN audit_seals.digest IS 'Its digest.';
COMMENT ON COLUMN audit_seals.adopted IS 'How many rows the audit had before its end was sealed: whether some were cut off by then cannot be told.';

INSERT INTO audit_seals
SELECT coalesce(max(number), 0), coalesce(arg_max(digest, number), repeat('0', 64)), coalesce(max(number), 0) FROM audit;

COMMENT ON COLUMN audit.action IS 'open, import, view, run, export, refuse, correct, undo, save, rename, remove or adopt.';
