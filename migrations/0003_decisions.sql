-- What has been counted against a limit of a grant: `key` is the SHA-256 of authority, link, grant and unit.
CREATE TABLE meters (
  key BLOB NOT NULL,
  used BIGINT NOT NULL,
  most BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT meters_key PRIMARY KEY (key),
  CONSTRAINT meter_limit CHECK (used >= 0 AND used <= most)
);
CREATE INDEX meters_by_expiry ON meters (expires_at);

-- These are counted already: an act whose outcome nobody reports stays counted.
CREATE TABLE reservations (
  id BLOB NOT NULL,
  actor TEXT NOT NULL,
  counts TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT reservations_id PRIMARY KEY (id)
);
CREATE INDEX reservations_by_expiry ON reservations (expires_at);

ALTER TABLE guards ADD COLUMN reservation_open INTEGER CONSTRAINT reservation_open CHECK (reservation_open IS NULL);
ALTER TABLE guards ADD COLUMN overlay_live INTEGER CONSTRAINT overlay_live CHECK (overlay_live IS NULL);

-- Narrows credentials for a time. Only what `grants` cover stays allowed; an empty list allows nothing.
CREATE TABLE overlays (
  id BLOB NOT NULL,
  scope_kind TEXT NOT NULL,
  scope_value TEXT NOT NULL,
  audience TEXT,
  grants TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  ended_at BIGINT,
  CONSTRAINT overlays_id PRIMARY KEY (id)
);
CREATE INDEX overlays_by_end ON overlays (ends_at) WHERE ended_at IS NULL;

-- Every version of every policy. The newest of each name is in force, unless it has no text.
CREATE TABLE policies (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT policies_id PRIMARY KEY (id),
  CONSTRAINT policies_name_version UNIQUE (name, version)
);

CREATE TABLE sessions (
  id BLOB NOT NULL,
  actor TEXT NOT NULL,
  audience TEXT NOT NULL,
  holder TEXT NOT NULL,
  credentials TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  CONSTRAINT sessions_id PRIMARY KEY (id)
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
