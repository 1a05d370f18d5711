-- Precondition: the caller follows fewer streams of the audit log than one may.
ALTER TABLE guards ADD COLUMN stream_room INTEGER CONSTRAINT stream_room CHECK (stream_room IS NULL);
