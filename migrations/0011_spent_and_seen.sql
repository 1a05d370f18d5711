-- The row 'forgotten' of `cursors` says up to which expiry records were deleted. A new row that expires no
-- later may repeat a deleted one: it is written with a 1 here, and violates the constraint.
ALTER TABLE spent_challenges ADD COLUMN forgotten INTEGER CONSTRAINT challenge_forgotten CHECK (forgotten IS NULL);
ALTER TABLE meters ADD COLUMN forgotten INTEGER CONSTRAINT meter_forgotten CHECK (forgotten IS NULL);

-- Whether one of a credential's forms is bound to a key of its subject.
ALTER TABLE credentials ADD COLUMN key_bound INTEGER NOT NULL DEFAULT 0;
UPDATE credentials SET key_bound = 1
  WHERE secured LIKE '%"data:application/dc+sd-jwt,%' OR forms LIKE '%"data:application/dc+sd-jwt,%';
ALTER TABLE guards ADD COLUMN key_current INTEGER CONSTRAINT key_current CHECK (key_current IS NULL);

-- The newest copy seen of each foreign status list, so that an older one undoes no revocation.
CREATE TABLE seen_lists (
  issuer TEXT NOT NULL,
  list TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  stale_at BIGINT NOT NULL,
  CONSTRAINT seen_lists_issuer_list PRIMARY KEY (issuer, list)
);
CREATE INDEX seen_lists_by_age ON seen_lists (made_at);
