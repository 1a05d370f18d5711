-- An id names a credential only together with its issuer: another issuer may use the same id. Of a duty recorded
-- before, the issuer is that of the first credential of this id here. Without one it is unknown, and the duty lasts
-- until its own end.
CREATE TABLE duties_before AS SELECT * FROM duties;
DROP TABLE duties;
CREATE TABLE duties (
  rule TEXT NOT NULL,
  party TEXT NOT NULL,
  side BIGINT NOT NULL,
  issuer TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  valid_until BIGINT NOT NULL,
  CONSTRAINT duties_rule_party_side_issuer_credential_id PRIMARY KEY (rule, party, side, issuer, credential_id)
);
INSERT INTO duties (rule, party, side, issuer, credential_id, valid_until)
  SELECT d.rule, d.party, d.side, COALESCE((
    SELECT i.did FROM credentials c JOIN issuers i ON i.id = c.issuer_id
    WHERE c.credential_id = d.credential_id AND c.type = 'TaskPermissionCredential' AND c.basis NOT LIKE 'delegation:%'
    ORDER BY c.id LIMIT 1), ''), d.credential_id, d.valid_until
  FROM duties_before d;
DROP TABLE duties_before;
CREATE INDEX duties_by_end ON duties (valid_until);
CREATE INDEX duties_by_party ON duties (party);

-- An issuer gives each id once. Those given twice before stay, and are marked.
ALTER TABLE credentials ADD COLUMN repeats_id INTEGER NOT NULL DEFAULT 0;
UPDATE credentials SET repeats_id = 1 WHERE EXISTS (
  SELECT 1 FROM credentials c WHERE c.credential_id = credentials.credential_id
    AND c.issuer_id = credentials.issuer_id AND c.id < credentials.id);
CREATE UNIQUE INDEX credentials_issuer_id_credential_id ON credentials (issuer_id, credential_id) WHERE repeats_id = 0;
