-- What did a clinician correct in a patient's record, and was it undone? Rows are never changed but for the undoing.

CREATE TABLE corrections (
    correction_id INTEGER NOT NULL,
    patient_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    target_id VARCHAR,
    variable VARCHAR,
    value DOUBLE,
    time TIMESTAMP,
    ingredient VARCHAR,
    adherence DOUBLE,
    reason VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    made_by VARCHAR NOT NULL,
    undone TIMESTAMP,
    undone_by VARCHAR
);
COMMENT ON TABLE corrections IS 'What clinicians corrected; the imported rows stay as they were sent.';
COMMENT ON COLUMN corrections.correction_id IS 'Number of the correction, from 1.';
COMMENT ON COLUMN corrections.patient_id IS 'Id of the Patient resource.';
COMMENT ON COLUMN corrections.kind IS 'wrong, explained, adherence or added.';
COMMENT ON COLUMN corrections.target_id IS 'Resource id of the value that is wrong or explained; NULL for the other kinds.';
COMMENT ON COLUMN corrections.variable IS 'Variable of the value that is wrong, explained or added; NULL for adherence.';
COMMENT ON COLUMN corrections.value IS 'The added value, or the marked one as it stood, in the canonical unit; NULL for adherence.';
COMMENT ON COLUMN corrections.time IS 'When the value was measured, UTC; for adherence since when, NULL for the whole course.';
COMMENT ON COLUMN corrections.ingredient IS 'Drug that is not taken as prescribed; NULL for the other kinds.';
COMMENT ON COLUMN corrections.adherence IS 'Share of its doses that is taken, 0 to 1; NULL for the other kinds.';
COMMENT ON COLUMN corrections.reason IS 'Why, in the words of the one who corrected.';
COMMENT ON COLUMN corrections.made IS 'When, UTC.';
COMMENT ON COLUMN corrections.made_by IS 'Who, as in the audit.';
COMMENT ON COLUMN corrections.undone IS 'When it was undone, UTC; NULL while it holds.';
COMMENT ON COLUMN corrections.undone_by IS 'Who undid it; NULL while it holds.';
