-- Revocations and suspensions of more credentials than one commit takes. An order counts from its commit on; its
-- entries follow in parts. `lift` is the order to remove a suspension. `last_id` is the newest credential that it
-- concerns, `done_id` the newest that its parts have reached.
CREATE TABLE status_orders (
  id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  cause TEXT NOT NULL,
  since BIGINT NOT NULL,
  kind TEXT NOT NULL,
  target BLOB,
  segment TEXT,
  last_id BLOB NOT NULL,
  done_id BLOB,
  CONSTRAINT status_orders_id PRIMARY KEY (id)
);
