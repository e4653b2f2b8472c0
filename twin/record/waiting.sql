-- What must be kept of a resource whose patient is not known, so that it can be taken in when the patient comes?

ALTER TABLE quarantine ADD COLUMN subject VARCHAR;
ALTER TABLE quarantine ADD COLUMN resource VARCHAR;
ALTER TABLE quarantine ADD COLUMN drug VARCHAR;
COMMENT ON COLUMN quarantine.subject IS 'On one row of a resource that waits for its patient: the reference to the patient, as sent.';
COMMENT ON COLUMN quarantine.resource IS 'With subject: the whole resource as sent, where content is not that already.';
COMMENT ON COLUMN quarantine.drug IS 'With subject: what the Medication that the resource refers to was, as a coded concept.';

-- Earlier rows whose content is the whole resource wait too; of others only a part was kept.
UPDATE quarantine SET subject = coalesce(
    json_extract_string(content, '$.subject.reference'), json_extract_string(content, '$.patient.reference')
) WHERE reason = 'unknown_patient' AND part = 0 AND length(content) < 4000 AND json_valid(content)
    AND json_extract(content, '$.resourceType') IS NOT NULL AND json_extract(content, '$.medicationReference') IS NULL;
