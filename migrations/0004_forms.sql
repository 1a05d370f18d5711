-- The other forms of a credential, beside `secured`: JSON, by securing mechanism.
ALTER TABLE credentials ADD COLUMN forms TEXT;
