-- Who holds which side of which version of a separation rule, by credential, for as long as the credential lives.
CREATE TABLE duties (
  rule TEXT NOT NULL,
  party TEXT NOT NULL,
  side BIGINT NOT NULL,
  credential_id TEXT NOT NULL,
  valid_until BIGINT NOT NULL,
  CONSTRAINT duties_rule_party_side_credential_id PRIMARY KEY (rule, party, side, credential_id)
);
CREATE INDEX duties_by_end ON duties (valid_until);

-- Stops two commits that would give one party both sides at the same moment.
CREATE TABLE duty_parties (
  rule TEXT NOT NULL,
  party TEXT NOT NULL,
  changes BIGINT NOT NULL,
  CONSTRAINT duty_parties_rule_party PRIMARY KEY (rule, party)
);

-- Who acted on which side of one transaction. A party that acts on the other side violates the constraint.
CREATE TABLE acts (
  rule TEXT NOT NULL,
  transaction_key BLOB NOT NULL,
  party TEXT NOT NULL,
  side BIGINT NOT NULL CONSTRAINT acts_side CHECK (side IN (0, 1)),
  expires_at BIGINT NOT NULL,
  CONSTRAINT acts_rule_transaction_key_party PRIMARY KEY (rule, transaction_key, party)
);
CREATE INDEX acts_by_expiry ON acts (expires_at);

-- How far the scan of the permissions older than a rule has come. Without a cursor it has not begun.
CREATE TABLE duty_scans (
  rule TEXT NOT NULL,
  looked_until BLOB,
  done INTEGER NOT NULL,
  CONSTRAINT duty_scans_rule PRIMARY KEY (rule)
);

ALTER TABLE guards ADD COLUMN duties_separate INTEGER CONSTRAINT duties_separate CHECK (duties_separate IS NULL);
ALTER TABLE guards ADD COLUMN rules_known INTEGER CONSTRAINT rules_known CHECK (rules_known IS NULL);

-- Closed segments.
CREATE TABLE closures (
  segment TEXT NOT NULL,
  reason TEXT NOT NULL,
  closed_by TEXT NOT NULL,
  closed_at BIGINT NOT NULL,
  reopened_by BLOB,
  CONSTRAINT closures_segment PRIMARY KEY (segment)
);
ALTER TABLE guards ADD COLUMN segment_open INTEGER CONSTRAINT segment_open CHECK (segment_open IS NULL);
ALTER TABLE guards ADD COLUMN closure_proposed INTEGER CONSTRAINT closure_proposed CHECK (closure_proposed IS NULL);
CREATE INDEX agents_by_segment ON agents (segment, id);
