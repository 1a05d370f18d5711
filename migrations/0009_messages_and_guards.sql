-- The meanings of the values in an issuer's third list, as a JSON array. They inform, and deny nothing.
ALTER TABLE issuers ADD COLUMN status_messages TEXT;

-- A person who leaves is answerable for no agent that still works.
ALTER TABLE guards ADD COLUMN nothing_left INTEGER CONSTRAINT nothing_left CHECK (nothing_left IS NULL);

-- A proposal to open a segment again expires.
ALTER TABLE closures ADD COLUMN proposed_at BIGINT;
