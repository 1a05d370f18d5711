-- What the values of an issuer's third list mean, as a JSON array: it tells, and denies nothing.
ALTER TABLE issuers ADD COLUMN status_messages TEXT;

-- Somebody who leaves answers for nothing that still works.
ALTER TABLE guards ADD COLUMN nothing_left INTEGER CONSTRAINT nothing_left CHECK (nothing_left IS NULL);

-- A proposal to open a segment again does not stand for ever.
ALTER TABLE closures ADD COLUMN proposed_at BIGINT;
