-- Which treatment plans did clinicians keep, for one patient or as templates for any?

CREATE TABLE plans (
    plan_id INTEGER NOT NULL,
    patient_id VARCHAR,
    name VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    saved TIMESTAMP NOT NULL,
    saved_by VARCHAR NOT NULL,
    removed TIMESTAMP
);
COMMENT ON TABLE plans IS 'Saved plans; one without a patient is a template.';
COMMENT ON COLUMN plans.plan_id IS 'Number of the plan, from 1.';
COMMENT ON COLUMN plans.patient_id IS 'Id of the Patient resource; NULL for a template.';
COMMENT ON COLUMN plans.name IS 'Name it was given; says what is done.';
COMMENT ON COLUMN plans.content IS 'The plan as TOML, as twin.plans.toml reads it; nothing of the patient is in it.';
COMMENT ON COLUMN plans.saved IS 'When, UTC.';
COMMENT ON COLUMN plans.saved_by IS 'Who, as in the audit.';
COMMENT ON COLUMN plans.removed IS 'When it was taken off the list, UTC; NULL while it is on it.';
