-- One row for each restoration of the service from a backup. Challenges made before it no longer count.
CREATE TABLE restorations (
  id BLOB NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT restorations_id PRIMARY KEY (id)
);
