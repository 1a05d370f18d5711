-- Counts the events after which no cache may be relied on, such as a compromised key or withdrawn trust.
CREATE TABLE invalidations (
  id BIGINT NOT NULL CONSTRAINT invalidations_one CHECK (id = 1),
  generation BIGINT NOT NULL,
  CONSTRAINT invalidations_id PRIMARY KEY (id)
);
INSERT INTO invalidations (id, generation) VALUES (1, 0);

-- A holder who has left or is not active gets no API key.
ALTER TABLE guards ADD COLUMN holder_acts INTEGER CONSTRAINT holder_acts CHECK (holder_acts IS NULL);
