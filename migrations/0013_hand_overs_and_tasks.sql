-- Who was answerable for an agent, in which capacity, since when and until when (NULL: still). A
-- `registrar` registered the agent, and may have seen its key.
CREATE TABLE agent_people (
  agent_id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  capacity TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT,
  CONSTRAINT agent_people_agent_id_person_id_capacity_since PRIMARY KEY (agent_id, person_id, capacity, since)
);
-- Earlier versions did not record since when: these people count as always answerable.
INSERT INTO agent_people (agent_id, person_id, capacity, since)
  SELECT id, owner_id, 'owner', created_at FROM agents;
INSERT INTO agent_people (agent_id, person_id, capacity, since)
  SELECT id, deputy_id, 'deputy', created_at FROM agents WHERE deputy_id IS NOT NULL;

-- An offer to become answerable for an agent: one at a time, until `to_id` accepts or declines it.
CREATE TABLE hand_overs (
  agent_id BLOB NOT NULL,
  id BLOB NOT NULL,
  from_id BLOB NOT NULL,
  to_id BLOB NOT NULL,
  owner_id BLOB NOT NULL,
  deputy_id BLOB,
  offered_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT hand_overs_agent_id PRIMARY KEY (agent_id)
);
CREATE INDEX hand_overs_by_recipient ON hand_overs (to_id, id);
CREATE INDEX hand_overs_by_expiry ON hand_overs (expires_at);
ALTER TABLE guards ADD COLUMN hand_over_open INTEGER CONSTRAINT hand_over_open CHECK (hand_over_open IS NULL);

-- Preconditions of a change: the agent is as it was read, and holds no permission that was not examined.
ALTER TABLE guards ADD COLUMN agent_unchanged INTEGER CONSTRAINT agent_unchanged CHECK (agent_unchanged IS NULL);
ALTER TABLE guards ADD COLUMN holdings_known INTEGER CONSTRAINT holdings_known CHECK (holdings_known IS NULL);

-- The agents that a task is for, as a JSON array of ids. Without it, any entitled agent.
ALTER TABLE tasks ADD COLUMN agents TEXT NOT NULL DEFAULT '[]';

-- How often a request was edited. A vote says how many edits its approver saw.
ALTER TABLE access_requests ADD COLUMN edits BIGINT NOT NULL DEFAULT 0;
