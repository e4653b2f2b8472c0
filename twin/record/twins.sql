-- What did the last fit of each patient's twin find, and from which data?

CREATE TABLE twins (
    patient_id VARCHAR NOT NULL,
    fitted_on DATE NOT NULL,
    data_version VARCHAR NOT NULL,
    model_version VARCHAR NOT NULL,
    fitted TIMESTAMP NOT NULL,
    in_sync BOOLEAN NOT NULL,
    result VARCHAR NOT NULL
);
COMMENT ON TABLE twins IS 'Results of fitting, kept so that only patients with new data are fitted again; can be deleted at any time.';
COMMENT ON COLUMN twins.patient_id IS 'Id of the Patient resource.';
COMMENT ON COLUMN twins.fitted_on IS 'Day the twin stands for.';
COMMENT ON COLUMN twins.data_version IS 'Digest of what the fit rests on: the patient''s rows and corrections.';
COMMENT ON COLUMN twins.model_version IS 'Digest of the hyperparameters, the evidence and the code.';
COMMENT ON COLUMN twins.fitted IS 'When it was fitted, UTC.';
COMMENT ON COLUMN twins.in_sync IS 'Whether the twin is in step with its patient.';
COMMENT ON COLUMN twins.result IS 'The results as JSON; see twin.proof.kept_twins.';

CREATE TABLE panel_cards (
    data_version VARCHAR NOT NULL,
    model_version VARCHAR NOT NULL,
    made TIMESTAMP NOT NULL,
    result VARCHAR NOT NULL
);
COMMENT ON TABLE panel_cards IS 'How the twins'' forecasts of the whole panel turned out; one row, can be deleted at any time.';
COMMENT ON COLUMN panel_cards.data_version IS 'Digest of the kept twins it counts.';
COMMENT ON COLUMN panel_cards.model_version IS 'As in twins.';
COMMENT ON COLUMN panel_cards.made IS 'When it was counted, UTC.';
COMMENT ON COLUMN panel_cards.result IS 'The counts as JSON; see twin.proof.panel_card.';
