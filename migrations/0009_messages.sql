-- What the values of an issuer's third list mean, as a JSON array: it tells, and denies nothing.
ALTER TABLE issuers ADD COLUMN status_messages TEXT;
