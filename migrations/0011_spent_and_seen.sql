-- How far expired records were deleted stands in `cursors` under 'forgotten'. A row that expires no later
-- may repeat a deleted one: it is written with a 1 here, meets the constraint, and nothing is committed.
ALTER TABLE spent_challenges ADD COLUMN forgotten INTEGER CONSTRAINT challenge_forgotten CHECK (forgotten IS NULL);
ALTER TABLE meters ADD COLUMN forgotten INTEGER CONSTRAINT meter_forgotten CHECK (forgotten IS NULL);
