-- People: their roles in the organization, whether they have left, and their other records.
ALTER TABLE people ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
ALTER TABLE people ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
ALTER TABLE people ADD COLUMN identity_of BLOB;
ALTER TABLE people ADD COLUMN created_by TEXT;
ALTER TABLE people ADD COLUMN delegate_id BLOB;
ALTER TABLE people ADD COLUMN delegate_until BIGINT;
ALTER TABLE people ADD COLUMN user_name TEXT;
ALTER TABLE people ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX people_user_name ON people (user_name) WHERE user_name IS NOT NULL;

-- The agent's roles, to which entitlements give grants.
ALTER TABLE agents ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
ALTER TABLE agents ADD COLUMN external_id TEXT;

-- The basis on which a credential was issued: `issuer`, `request:<id>` or `delegation:<id of the parent>`.
ALTER TABLE credentials ADD COLUMN basis TEXT NOT NULL DEFAULT 'issuer';

ALTER TABLE guards ADD COLUMN person_active INTEGER CONSTRAINT person_active CHECK (person_active IS NULL);
ALTER TABLE guards ADD COLUMN request_revision INTEGER CONSTRAINT request_revision CHECK (request_revision IS NULL);

-- Every version of every governance document, such as entitlements and approval rules. The newest of
-- each name is in force, unless it has no body.
CREATE TABLE governance_documents (
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT governance_documents_id PRIMARY KEY (id),
  CONSTRAINT governance_documents_kind_name_version UNIQUE (kind, name, version)
);

-- The most that an agent may have of an entitlement of its roles, set by a review. Without grants: nothing.
CREATE TABLE ceilings (
  agent_id BLOB NOT NULL,
  entitlement TEXT NOT NULL,
  grants TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT ceilings_agent_id_entitlement PRIMARY KEY (agent_id, entitlement)
);

-- A request for a permission, and its progress. Every change raises the revision.
CREATE TABLE access_requests (
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  agent_id BLOB NOT NULL,
  task_id BLOB NOT NULL,
  requester TEXT NOT NULL,
  requester_person BLOB,
  entitlement TEXT,
  reason TEXT NOT NULL,
  terms TEXT NOT NULL,
  digest TEXT NOT NULL,
  rules TEXT NOT NULL,
  stages TEXT NOT NULL,
  stage BIGINT NOT NULL,
  stage_ends_at BIGINT,
  escalated INTEGER NOT NULL,
  state TEXT NOT NULL,
  because TEXT,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT,
  credential_id BLOB,
  finding TEXT,
  reviewed_by BLOB,
  reviewed_at BIGINT,
  CONSTRAINT access_requests_id PRIMARY KEY (id)
);
CREATE INDEX access_requests_by_agent ON access_requests (agent_id, id);
CREATE INDEX access_requests_by_stage_end ON access_requests (stage_ends_at) WHERE state = 'open';
CREATE INDEX access_requests_unreviewed ON access_requests (id) WHERE state = 'granted' AND kind <> 'permission' AND reviewed_at IS NULL;

-- Votes, each for exactly what was asked, by its digest. An edited request has another digest.
CREATE TABLE approvals (
  request_id BLOB NOT NULL,
  digest TEXT NOT NULL,
  stage BIGINT NOT NULL,
  person_id BLOB NOT NULL,
  in_place_of BLOB,
  comment TEXT,
  at BIGINT NOT NULL,
  CONSTRAINT approvals_request_id_digest_person_id PRIMARY KEY (request_id, digest, person_id)
);
