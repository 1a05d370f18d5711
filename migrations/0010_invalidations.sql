-- How often something happened after which nobody may rely on what they remember: a key compromised, a trust withdrawn.
CREATE TABLE invalidations (
  id BIGINT NOT NULL CONSTRAINT invalidations_one CHECK (id = 1),
  generation BIGINT NOT NULL,
  CONSTRAINT invalidations_id PRIMARY KEY (id)
);
INSERT INTO invalidations (id, generation) VALUES (1, 0);

-- Whoever has left, or is not active, is given no key.
ALTER TABLE guards ADD COLUMN holder_acts INTEGER CONSTRAINT holder_acts CHECK (holder_acts IS NULL);
