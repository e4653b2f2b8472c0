-- What does the record keep of a patient? Times are UTC without zone; days are dates.
-- Statements end with a semicolon at the end of a line. Terms follow FHIR R4, and OMOP where FHIR has none.

CREATE TABLE schema_version (
    version INTEGER NOT NULL,
    applied TIMESTAMP NOT NULL
);
COMMENT ON TABLE schema_version IS 'Which steps of migrations.py this file has been through.';
COMMENT ON COLUMN schema_version.version IS 'Number of the step.';
COMMENT ON COLUMN schema_version.applied IS 'When it was applied.';

CREATE TABLE imports (
    import_id INTEGER NOT NULL,
    started TIMESTAMP NOT NULL,
    finished TIMESTAMP NOT NULL,
    user_name VARCHAR NOT NULL,
    files INTEGER NOT NULL,
    resources BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    replaced BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    report VARCHAR NOT NULL
);
COMMENT ON TABLE imports IS 'One row an import that was committed.';
COMMENT ON COLUMN imports.import_id IS 'Number of the import, from 1.';
COMMENT ON COLUMN imports.started IS 'When reading began.';
COMMENT ON COLUMN imports.finished IS 'When it was committed.';
COMMENT ON COLUMN imports.user_name IS 'Who imported, as in the audit.';
COMMENT ON COLUMN imports.files IS 'Files read.';
COMMENT ON COLUMN imports.resources IS 'Resources read.';
COMMENT ON COLUMN imports.stored IS 'Resources new to the record.';
COMMENT ON COLUMN imports.unchanged IS 'Resources that were already there as they are, or there in a newer version.';
COMMENT ON COLUMN imports.replaced IS 'Resources that took the place of an older version.';
COMMENT ON COLUMN imports.quarantined IS 'Rows set aside with a reason.';
COMMENT ON COLUMN imports.report IS 'The whole report as JSON.';

CREATE TABLE patients (
    patient INTEGER NOT NULL,
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    family VARCHAR NOT NULL,
    given VARCHAR NOT NULL,
    prefix VARCHAR NOT NULL,
    birth_date DATE,
    sex VARCHAR,
    identifier VARCHAR NOT NULL,
    deceased DATE,
    is_deceased BOOLEAN NOT NULL,
    is_synthetic BOOLEAN NOT NULL,
    identifiers VARCHAR[] NOT NULL,
    flags VARCHAR,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE patients IS 'One row a patient.';
COMMENT ON COLUMN patients.patient IS 'Number of the patient inside this file; other tables refer to it.';
COMMENT ON COLUMN patients.resource_id IS 'Id of the Patient resource; the id the rest of Counterpart uses.';
COMMENT ON COLUMN patients.part IS 'Always 0: a patient has one row.';
COMMENT ON COLUMN patients.family IS 'Family name, official before usual; empty if not known.';
COMMENT ON COLUMN patients.given IS 'Given names; empty if not known.';
COMMENT ON COLUMN patients.prefix IS 'Title such as Ms; empty if none.';
COMMENT ON COLUMN patients.birth_date IS 'Day of birth; the first day of the year or month where only that is known.';
COMMENT ON COLUMN patients.sex IS 'female or male; NULL for other and unknown.';
COMMENT ON COLUMN patients.identifier IS 'The identifier on screen: medical record number before others; empty if none.';
COMMENT ON COLUMN patients.deceased IS 'Day of death; NULL if alive or the day is not known.';
COMMENT ON COLUMN patients.is_deceased IS 'Whether the patient is known to have died.';
COMMENT ON COLUMN patients.is_synthetic IS 'Whether the source marks the patient as test data.';
COMMENT ON COLUMN patients.identifiers IS 'Every identifier as system|value.';
COMMENT ON COLUMN patients.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN patients.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN patients.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN patients.import_id IS 'The import that brought this version.';

CREATE TABLE codes (
    code_id INTEGER NOT NULL,
    system VARCHAR,
    code VARCHAR,
    display VARCHAR
);
COMMENT ON TABLE codes IS 'Every code as it was sent; the one that is used if a resource has several.';
COMMENT ON COLUMN codes.code_id IS 'Number of the code inside this file; other tables refer to it.';
COMMENT ON COLUMN codes.system IS 'Code system as sent; NULL if none.';
COMMENT ON COLUMN codes.code IS 'Code as sent; NULL where there is only a text.';
COMMENT ON COLUMN codes.display IS 'What the sender called it; NULL if nothing.';

CREATE TABLE observations (
    resource_id VARCHAR NOT NULL USING COMPRESSION uncompressed,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    variable VARCHAR,
    time TIMESTAMP NOT NULL,
    value DOUBLE,
    text VARCHAR,
    source VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    sent_value DOUBLE,
    sent_unit VARCHAR,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE observations IS 'Measurements and findings, one row a value; each import adds them sorted by patient, variable, time.';
COMMENT ON COLUMN observations.resource_id IS 'Id of the Observation resource.';
COMMENT ON COLUMN observations.part IS '0 for the value of the resource itself, k for its k-th component.';
COMMENT ON COLUMN observations.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN observations.variable IS 'Canonical name in data/variables.csv; NULL for a code that is not used.';
COMMENT ON COLUMN observations.time IS 'When it was measured, UTC.';
COMMENT ON COLUMN observations.value IS 'Value in the canonical unit of the variable; NULL without variable or number.';
COMMENT ON COLUMN observations.text IS 'Category (smoking status), coded answer or text that was sent instead of a number.';
COMMENT ON COLUMN observations.source IS 'How it was taken: office, home, laboratory, device, stated.';
COMMENT ON COLUMN observations.flags IS 'Doubts about the value, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN observations.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN observations.sent_value IS 'Number as sent, where it is not the value already.';
COMMENT ON COLUMN observations.sent_unit IS 'Unit as sent, where it is not the canonical one already.';
COMMENT ON COLUMN observations.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN observations.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN observations.import_id IS 'The import that brought this version.';

CREATE TABLE conditions (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    concept VARCHAR,
    onset DATE,
    abated DATE,
    status VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE conditions IS 'Problems and diagnoses, one row a concept.';
COMMENT ON COLUMN conditions.resource_id IS 'Id of the Condition resource.';
COMMENT ON COLUMN conditions.part IS '0, or the place of the concept in a code that means several.';
COMMENT ON COLUMN conditions.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN conditions.concept IS 'Path of data/codes/conditions.csv; NULL for a code that is not used.';
COMMENT ON COLUMN conditions.onset IS 'Day it began; NULL if not known.';
COMMENT ON COLUMN conditions.abated IS 'Day it ended; NULL if it has not.';
COMMENT ON COLUMN conditions.status IS 'Clinical status: active, recurrence, relapse, inactive, remission, resolved.';
COMMENT ON COLUMN conditions.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN conditions.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN conditions.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN conditions.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN conditions.import_id IS 'The import that brought this version.';

CREATE TABLE medications (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    ingredient VARCHAR,
    drug_class VARCHAR,
    dose_mg DOUBLE,
    start DATE,
    stop DATE,
    status VARCHAR,
    kind VARCHAR NOT NULL,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE medications IS 'Courses of drugs, one row an active ingredient.';
COMMENT ON COLUMN medications.resource_id IS 'Id of the MedicationRequest, MedicationStatement or MedicationAdministration.';
COMMENT ON COLUMN medications.part IS '0, or the place of the ingredient in a drug with several.';
COMMENT ON COLUMN medications.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN medications.ingredient IS 'INN in lower case from data/codes/medications.csv; NULL for a drug that is not used.';
COMMENT ON COLUMN medications.drug_class IS 'Class from data/codes/medications.csv; NULL for a drug that is not used.';
COMMENT ON COLUMN medications.dose_mg IS 'Dose a day in mg; NULL if not known.';
COMMENT ON COLUMN medications.start IS 'First day; NULL if not known.';
COMMENT ON COLUMN medications.stop IS 'Day from which it is no longer taken; NULL if it goes on.';
COMMENT ON COLUMN medications.status IS 'Status as sent: active, stopped, completed and so on.';
COMMENT ON COLUMN medications.kind IS 'request, statement or administration.';
COMMENT ON COLUMN medications.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN medications.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN medications.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN medications.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN medications.import_id IS 'The import that brought this version.';

CREATE TABLE allergies (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    is_none BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL,
    reaction VARCHAR NOT NULL,
    criticality VARCHAR NOT NULL,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE allergies IS 'Allergies and intolerances, and the statement that there are none.';
COMMENT ON COLUMN allergies.resource_id IS 'Id of the AllergyIntolerance resource.';
COMMENT ON COLUMN allergies.part IS 'Always 0: an allergy has one row.';
COMMENT ON COLUMN allergies.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN allergies.is_none IS 'Whether the row says that no allergy is known.';
COMMENT ON COLUMN allergies.is_active IS 'Whether it still holds.';
COMMENT ON COLUMN allergies.reaction IS 'How it showed; empty if not known.';
COMMENT ON COLUMN allergies.criticality IS 'low, high or unable-to-assess; empty if not known.';
COMMENT ON COLUMN allergies.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN allergies.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN allergies.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN allergies.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN allergies.import_id IS 'The import that brought this version.';

CREATE TABLE procedures (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    start TIMESTAMP,
    stop TIMESTAMP,
    status VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE procedures IS 'Procedures that were done.';
COMMENT ON COLUMN procedures.resource_id IS 'Id of the Procedure resource.';
COMMENT ON COLUMN procedures.part IS 'Always 0: one row a resource.';
COMMENT ON COLUMN procedures.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN procedures.start IS 'When it began, UTC; NULL if not known.';
COMMENT ON COLUMN procedures.stop IS 'When it ended, UTC; NULL if not known.';
COMMENT ON COLUMN procedures.status IS 'Status as sent.';
COMMENT ON COLUMN procedures.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN procedures.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN procedures.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN procedures.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN procedures.import_id IS 'The import that brought this version.';

CREATE TABLE encounters (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    start TIMESTAMP,
    stop TIMESTAMP,
    status VARCHAR,
    class VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE encounters IS 'Visits and stays.';
COMMENT ON COLUMN encounters.resource_id IS 'Id of the Encounter resource.';
COMMENT ON COLUMN encounters.part IS 'Always 0: one row a resource.';
COMMENT ON COLUMN encounters.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN encounters.start IS 'When it began, UTC; NULL if not known.';
COMMENT ON COLUMN encounters.stop IS 'When it ended, UTC; NULL if not known.';
COMMENT ON COLUMN encounters.status IS 'Status as sent.';
COMMENT ON COLUMN encounters.class IS 'Class as sent: AMB, EMER, IMP and so on.';
COMMENT ON COLUMN encounters.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN encounters.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN encounters.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN encounters.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN encounters.import_id IS 'The import that brought this version.';

CREATE TABLE reports (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    start TIMESTAMP,
    stop TIMESTAMP,
    status VARCHAR,
    conclusion VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE reports IS 'Diagnostic reports; their results are rows of observations.';
COMMENT ON COLUMN reports.resource_id IS 'Id of the DiagnosticReport resource.';
COMMENT ON COLUMN reports.part IS 'Always 0: one row a resource.';
COMMENT ON COLUMN reports.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN reports.start IS 'When it began, UTC; NULL if not known.';
COMMENT ON COLUMN reports.stop IS 'When it ended, UTC; NULL if not known.';
COMMENT ON COLUMN reports.status IS 'Status as sent.';
COMMENT ON COLUMN reports.conclusion IS 'Conclusion as sent; NULL if none.';
COMMENT ON COLUMN reports.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN reports.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN reports.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN reports.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN reports.import_id IS 'The import that brought this version.';

CREATE TABLE images (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    start TIMESTAMP,
    stop TIMESTAMP,
    status VARCHAR,
    modality VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE images IS 'Imaging studies; the pictures themselves are not kept here.';
COMMENT ON COLUMN images.resource_id IS 'Id of the ImagingStudy resource.';
COMMENT ON COLUMN images.part IS 'Always 0: one row a resource.';
COMMENT ON COLUMN images.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN images.start IS 'When it began, UTC; NULL if not known.';
COMMENT ON COLUMN images.stop IS 'When it ended, UTC; NULL if not known.';
COMMENT ON COLUMN images.status IS 'Status as sent.';
COMMENT ON COLUMN images.modality IS 'DICOM modality such as CT; NULL if not known.';
COMMENT ON COLUMN images.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN images.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN images.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN images.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN images.import_id IS 'The import that brought this version.';

CREATE TABLE immunizations (
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    patient INTEGER NOT NULL,
    start TIMESTAMP,
    stop TIMESTAMP,
    status VARCHAR,
    flags VARCHAR,
    code_id INTEGER,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE immunizations IS 'Vaccinations.';
COMMENT ON COLUMN immunizations.resource_id IS 'Id of the Immunization resource.';
COMMENT ON COLUMN immunizations.part IS 'Always 0: one row a resource.';
COMMENT ON COLUMN immunizations.patient IS 'Number of the patient in patients.';
COMMENT ON COLUMN immunizations.start IS 'When it began, UTC; NULL if not known.';
COMMENT ON COLUMN immunizations.stop IS 'When it ended, UTC; NULL if not known.';
COMMENT ON COLUMN immunizations.status IS 'Status as sent.';
COMMENT ON COLUMN immunizations.flags IS 'Doubts about the row, names of quality.py joined by commas; NULL if none.';
COMMENT ON COLUMN immunizations.code_id IS 'What it is, in codes.';
COMMENT ON COLUMN immunizations.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN immunizations.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN immunizations.import_id IS 'The import that brought this version.';

CREATE TABLE quarantine (
    resource_type VARCHAR NOT NULL,
    resource_id VARCHAR NOT NULL,
    part SMALLINT NOT NULL,
    reason VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    content VARCHAR NOT NULL,
    updated TIMESTAMP,
    version VARCHAR,
    import_id INTEGER NOT NULL
);
COMMENT ON TABLE quarantine IS 'Rows that could not be taken over, each with its reason; a later good version takes them out again.';
COMMENT ON COLUMN quarantine.resource_type IS 'FHIR type of the resource.';
COMMENT ON COLUMN quarantine.resource_id IS 'Id of the resource.';
COMMENT ON COLUMN quarantine.part IS '0 for the resource itself, k for its k-th component or ingredient.';
COMMENT ON COLUMN quarantine.reason IS 'Name of the reason in quality.py.';
COMMENT ON COLUMN quarantine.file IS 'Name of the file it came in, without its folder.';
COMMENT ON COLUMN quarantine.line IS 'Line of the file at which the resource starts.';
COMMENT ON COLUMN quarantine.content IS 'The resource or component as sent, cut at 4,000 characters.';
COMMENT ON COLUMN quarantine.updated IS 'meta.lastUpdated of the version.';
COMMENT ON COLUMN quarantine.version IS 'meta.versionId of the version.';
COMMENT ON COLUMN quarantine.import_id IS 'The import that set it aside.';

CREATE TABLE audit (
    number BIGINT NOT NULL,
    time TIMESTAMP NOT NULL,
    user_name VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    digest VARCHAR NOT NULL
);
COMMENT ON TABLE audit IS 'Who did what, as a chain in which each row seals the one before.';
COMMENT ON COLUMN audit.number IS 'Place in the chain, from 1.';
COMMENT ON COLUMN audit.time IS 'When, UTC.';
COMMENT ON COLUMN audit.user_name IS 'Who.';
COMMENT ON COLUMN audit.role IS 'In which role.';
COMMENT ON COLUMN audit.purpose IS 'For which purpose.';
COMMENT ON COLUMN audit.action IS 'open, import, view, run, export, refuse, correct, undo, save, rename or remove.';
COMMENT ON COLUMN audit.subject IS 'Internal id of a patient or number of an import; never a name.';
COMMENT ON COLUMN audit.detail IS 'Counts and ids as JSON; no clinical values.';
COMMENT ON COLUMN audit.digest IS 'SHA-256 over this row and the digest of the row before.';

CREATE VIEW unused_codes AS
SELECT import_id, table_name, system, code, min(display) AS display, count(*) AS rows FROM (
    SELECT 'observations' AS table_name, code_id, import_id FROM observations WHERE variable IS NULL
    UNION ALL SELECT 'conditions', code_id, import_id FROM conditions WHERE concept IS NULL
    UNION ALL SELECT 'medications', code_id, import_id FROM medications WHERE ingredient IS NULL
) JOIN codes USING (code_id) GROUP BY ALL;
COMMENT ON VIEW unused_codes IS 'Codes that are kept but not used here, and how often each import brought them.';
