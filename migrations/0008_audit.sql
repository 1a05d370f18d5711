-- Roots of full subtrees of the log: 256 leaves at level 1, 256 of those at level 2, and so on.
CREATE TABLE audit_nodes (
  level BIGINT NOT NULL,
  position BIGINT NOT NULL,
  hash BLOB NOT NULL,
  CONSTRAINT audit_nodes_level_position PRIMARY KEY (level, position)
);

-- Finds a decision by the id in its answer.
ALTER TABLE audit_events ADD COLUMN decision_id BLOB;
CREATE INDEX audit_events_by_decision ON audit_events (decision_id) WHERE decision_id IS NOT NULL;

-- When the erasure of a person's data began; null again when it is done.
ALTER TABLE people ADD COLUMN erasing_since BIGINT;
CREATE INDEX people_erasing ON people (erasing_since) WHERE erasing_since IS NOT NULL;

-- For the queries of a directory.
CREATE INDEX people_by_external_id ON people (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX agents_by_external_id ON agents (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX agents_by_name ON agents (name);

-- For lists by state, kind and actor, a page at a time.
CREATE INDEX agents_by_state ON agents (state, id);
CREATE INDEX access_requests_by_state ON access_requests (state, id);
CREATE INDEX audit_events_by_type ON audit_events (type, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX audit_events_by_actor ON audit_events (actor, sequence) WHERE sequence IS NOT NULL;
