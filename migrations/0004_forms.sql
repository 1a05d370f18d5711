-- Other forms of a credential, beside the one in `secured`: JSON, by their securing mechanism.
ALTER TABLE credentials ADD COLUMN forms TEXT;
