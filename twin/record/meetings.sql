-- What does a care team look at in which meeting, what did it decide, and what did the twin then forecast?

CREATE TABLE meeting_cases (
    case_id INTEGER NOT NULL,
    patient_id VARCHAR NOT NULL,
    meeting_day DATE NOT NULL,
    place INTEGER NOT NULL,
    planned TIME,
    basis VARCHAR NOT NULL,
    prepared TIMESTAMP NOT NULL,
    prepared_by VARCHAR NOT NULL,
    removed TIMESTAMP,
    removed_by VARCHAR
);
COMMENT ON TABLE meeting_cases IS 'Cases on the lists of meetings; one taken off stays here with its day.';
COMMENT ON COLUMN meeting_cases.case_id IS 'Number of the case, from 1.';
COMMENT ON COLUMN meeting_cases.patient_id IS 'Id of the Patient resource.';
COMMENT ON COLUMN meeting_cases.meeting_day IS 'Day of the meeting.';
COMMENT ON COLUMN meeting_cases.place IS 'Place on the list of that day, rising; gaps mean nothing.';
COMMENT ON COLUMN meeting_cases.planned IS 'Time of day it is planned for, as on the wall; NULL if none is.';
COMMENT ON COLUMN meeting_cases.basis IS 'Plans, results and what they rest on, as JSON; see twin.record.meetings.Basis.';
COMMENT ON COLUMN meeting_cases.prepared IS 'When the results were worked out, UTC.';
COMMENT ON COLUMN meeting_cases.prepared_by IS 'Who prepared it, as in the audit.';
COMMENT ON COLUMN meeting_cases.removed IS 'When it was taken off the list, UTC; NULL while it is on it.';
COMMENT ON COLUMN meeting_cases.removed_by IS 'Who took it off; NULL while it is on it.';

CREATE TABLE decisions (
    decision_id INTEGER NOT NULL,
    case_id INTEGER NOT NULL,
    patient_id VARCHAR NOT NULL,
    meeting_day DATE NOT NULL,
    decision VARCHAR NOT NULL,
    chosen INTEGER,
    reason VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    review_date DATE,
    dissent VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    receipt VARCHAR NOT NULL,
    decided TIMESTAMP NOT NULL,
    decided_by VARCHAR NOT NULL
);
COMMENT ON TABLE decisions IS 'What was decided; rows are only added, and a later one of the same patient supersedes.';
COMMENT ON COLUMN decisions.decision_id IS 'Number of the decision, from 1.';
COMMENT ON COLUMN decisions.case_id IS 'The case of meeting_cases that it closes.';
COMMENT ON COLUMN decisions.patient_id IS 'Id of the Patient resource.';
COMMENT ON COLUMN decisions.meeting_day IS 'Day of the meeting.';
COMMENT ON COLUMN decisions.decision IS 'plan, none (current care goes on) or more_data.';
COMMENT ON COLUMN decisions.chosen IS 'Which plan of the basis, from 1; NULL without one.';
COMMENT ON COLUMN decisions.reason IS 'Why, in one line.';
COMMENT ON COLUMN decisions.owner IS 'Who sees to it.';
COMMENT ON COLUMN decisions.review_date IS 'When it is looked at again; NULL if never was said.';
COMMENT ON COLUMN decisions.dissent IS 'Who did not agree and why; empty if nobody.';
COMMENT ON COLUMN decisions.basis IS 'Plans, results and what they rest on at the decision, as JSON.';
COMMENT ON COLUMN decisions.receipt IS 'What was forecast for what was decided, as JSON; see twin.meeting.receipts.';
COMMENT ON COLUMN decisions.decided IS 'When, UTC.';
COMMENT ON COLUMN decisions.decided_by IS 'Who wrote it down, as in the audit.';
