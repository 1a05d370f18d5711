-- Runs unchanged on SQLite, D1 and PostgreSQL (there after CREATE DOMAIN blob AS bytea).
-- Ids are the 16 bytes of a UUID; times are milliseconds since the Unix epoch.

-- Never holds a row. When a precondition does not hold, the commit inserts into this table, violates
-- the constraint, and fails as a whole. The constraint's name says why.
CREATE TABLE guards (
  agent_active INTEGER CONSTRAINT agent_active CHECK (agent_active IS NULL),
  agent_state INTEGER CONSTRAINT agent_state CHECK (agent_state IS NULL),
  task_open INTEGER CONSTRAINT task_open CHECK (task_open IS NULL),
  issuer_active INTEGER CONSTRAINT issuer_active CHECK (issuer_active IS NULL),
  audit_head INTEGER CONSTRAINT audit_head CHECK (audit_head IS NULL),
  api_key_live INTEGER CONSTRAINT api_key_live CHECK (api_key_live IS NULL)
);

CREATE TABLE people (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  created_at BIGINT NOT NULL,
  CONSTRAINT people_id PRIMARY KEY (id)
);

CREATE TABLE systems (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  audiences TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT systems_id PRIMARY KEY (id)
);

CREATE TABLE api_keys (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  holder_kind TEXT NOT NULL,
  holder_id BLOB NOT NULL,
  scopes TEXT NOT NULL,
  digest BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT,
  CONSTRAINT api_keys_id PRIMARY KEY (id)
);
CREATE INDEX api_keys_by_holder ON api_keys (holder_id);

-- Keys of the DIDs assigned here. `sealed` is the private key, encrypted with the master key and bound to its row.
CREATE TABLE identity_keys (
  id BLOB NOT NULL,
  did TEXT NOT NULL,
  fragment TEXT NOT NULL,
  kind TEXT NOT NULL,
  public_key BLOB NOT NULL,
  sealed BLOB,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT identity_keys_id PRIMARY KEY (id),
  CONSTRAINT identity_keys_did_fragment UNIQUE (did, fragment)
);

CREATE TABLE issuers (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  did TEXT NOT NULL,
  key_kind TEXT NOT NULL,
  mechanism TEXT NOT NULL,
  state TEXT NOT NULL,
  next_slot BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT issuers_id PRIMARY KEY (id),
  CONSTRAINT issuers_name UNIQUE (name),
  CONSTRAINT issuers_did UNIQUE (did)
);

CREATE TABLE trusted_issuers (
  id BLOB NOT NULL,
  did TEXT NOT NULL,
  credential_type TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT trusted_issuers_id PRIMARY KEY (id),
  CONSTRAINT trusted_issuers_did_credential_type UNIQUE (did, credential_type)
);

CREATE TABLE agents (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  owner_id BLOB NOT NULL,
  deputy_id BLOB,
  model TEXT,
  software_digest TEXT,
  risk_tier TEXT NOT NULL,
  segment TEXT NOT NULL,
  did_method TEXT NOT NULL,
  custody TEXT NOT NULL,
  key_kind TEXT NOT NULL,
  did TEXT,
  state TEXT NOT NULL,
  ends_at BIGINT,
  created_at BIGINT NOT NULL,
  CONSTRAINT agents_id PRIMARY KEY (id),
  CONSTRAINT agents_did UNIQUE (did)
);
CREATE INDEX agents_by_owner ON agents (owner_id, id);
CREATE INDEX agents_by_deputy ON agents (deputy_id, id);
CREATE INDEX agents_by_end ON agents (ends_at) WHERE ends_at IS NOT NULL AND state <> 'retired';

CREATE TABLE tasks (
  id BLOB NOT NULL,
  issuer_id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  host TEXT,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  ended_at BIGINT,
  CONSTRAINT tasks_id PRIMARY KEY (id)
);
CREATE INDEX tasks_by_end ON tasks (ends_at) WHERE state = 'open';

CREATE TABLE credentials (
  id BLOB NOT NULL,
  credential_id TEXT NOT NULL,
  issuer_id BLOB NOT NULL,
  agent_id BLOB,
  task_id BLOB,
  type TEXT NOT NULL,
  slot BIGINT NOT NULL,
  valid_from BIGINT,
  valid_until BIGINT,
  created_at BIGINT NOT NULL,
  secured TEXT NOT NULL,
  CONSTRAINT credentials_id PRIMARY KEY (id),
  CONSTRAINT credentials_issuer_id_slot UNIQUE (issuer_id, slot)
);
CREATE INDEX credentials_by_credential_id ON credentials (credential_id);
CREATE INDEX credentials_by_agent ON credentials (agent_id, id);
CREATE INDEX credentials_by_task ON credentials (task_id, id);

-- One of an issuer's lists. It covers the slots volume × 131072 … (volume + 1) × 131072 − 1.
CREATE TABLE status_lists (
  id BLOB NOT NULL,
  issuer_id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  volume BIGINT NOT NULL,
  seed BLOB NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT status_lists_id PRIMARY KEY (id),
  CONSTRAINT status_lists_issuer_id_purpose_volume UNIQUE (issuer_id, purpose, volume)
);

-- A bit is set while any cause remains.
CREATE TABLE status_causes (
  issuer_id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  slot BIGINT NOT NULL,
  cause TEXT NOT NULL,
  since BIGINT NOT NULL,
  CONSTRAINT status_causes_issuer_id_purpose_slot_cause PRIMARY KEY (issuer_id, purpose, slot, cause)
);

CREATE TABLE spent_challenges (
  nonce BLOB NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT spent_challenges_nonce PRIMARY KEY (nonce)
);
CREATE INDEX spent_challenges_by_expiry ON spent_challenges (expires_at);

CREATE TABLE idempotency_keys (
  digest BLOB NOT NULL,
  request_digest BLOB NOT NULL,
  answer TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT idempotency_keys_digest PRIMARY KEY (digest)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- An event is written without a sequence number, in the commit of its change; the sequencer numbers it.
CREATE TABLE audit_events (
  id BLOB NOT NULL,
  at BIGINT NOT NULL,
  type TEXT NOT NULL,
  actor TEXT NOT NULL,
  agent_id BLOB,
  credential_id BLOB,
  task_id BLOB,
  body TEXT NOT NULL,
  salt BLOB NOT NULL,
  sequence BIGINT,
  commitment BLOB,
  CONSTRAINT audit_events_id PRIMARY KEY (id)
);
CREATE UNIQUE INDEX audit_events_sequence ON audit_events (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_events_unsequenced ON audit_events (id) WHERE sequence IS NULL;
CREATE INDEX audit_events_by_agent ON audit_events (agent_id, sequence) WHERE agent_id IS NOT NULL;
CREATE INDEX audit_events_by_credential ON audit_events (credential_id, sequence) WHERE credential_id IS NOT NULL;
CREATE INDEX audit_events_by_task ON audit_events (task_id, sequence) WHERE task_id IS NOT NULL;

CREATE TABLE audit_checkpoints (
  size BIGINT NOT NULL,
  roots BLOB NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT audit_checkpoints_size PRIMARY KEY (size)
);
