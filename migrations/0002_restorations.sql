-- One row for each time that the service was restored from a backup: challenges made before count no more.
CREATE TABLE restorations (
  id BLOB NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT restorations_id PRIMARY KEY (id)
);
