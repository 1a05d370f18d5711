-- When an agent was last allowed something, and since when it is suspended because that was long ago.
ALTER TABLE agents ADD COLUMN last_active_at BIGINT NOT NULL DEFAULT 0;
-- Earlier use is unknown: agents count as used until the service was last used.
UPDATE agents SET last_active_at = COALESCE((SELECT MAX(at) FROM audit_events), created_at);
ALTER TABLE agents ADD COLUMN dormant_since BIGINT;
CREATE INDEX agents_by_activity ON agents (last_active_at) WHERE state = 'active';
CREATE INDEX agents_dormant ON agents (dormant_since) WHERE state = 'suspended' AND dormant_since IS NOT NULL;

-- What agents did with what they hold, counted from the decisions in the log up to the cursor.
CREATE TABLE usage (
  agent_id BLOB NOT NULL,
  type TEXT NOT NULL,
  action TEXT NOT NULL,
  location TEXT NOT NULL,
  count BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  CONSTRAINT usage_agent_id_type_action_location PRIMARY KEY (agent_id, type, action, location)
);
CREATE TABLE cursors (
  name TEXT NOT NULL,
  position BIGINT NOT NULL,
  CONSTRAINT cursors_name PRIMARY KEY (name)
);
ALTER TABLE guards ADD COLUMN cursor_there INTEGER CONSTRAINT cursor_there CHECK (cursor_there IS NULL);

-- Review campaigns, and their items.
CREATE TABLE campaigns (
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  reviewers TEXT NOT NULL,
  undone TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  CONSTRAINT campaigns_id PRIMARY KEY (id)
);
CREATE INDEX campaigns_by_due ON campaigns (due_at) WHERE state = 'open';
CREATE TABLE review_items (
  id BLOB NOT NULL,
  campaign_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  entitlement TEXT NOT NULL,
  outcome TEXT,
  decided_by TEXT,
  decided_at BIGINT,
  comment TEXT,
  CONSTRAINT review_items_id PRIMARY KEY (id)
);
CREATE INDEX review_items_by_campaign ON review_items (campaign_id, id);
CREATE INDEX review_items_open ON review_items (campaign_id, id) WHERE outcome IS NULL;
CREATE INDEX review_items_by_agent ON review_items (agent_id, entitlement, decided_at);
ALTER TABLE guards ADD COLUMN review_open INTEGER CONSTRAINT review_open CHECK (review_open IS NULL);

CREATE INDEX sessions_by_holder ON sessions (holder) WHERE ended_at IS NULL;
CREATE INDEX credentials_by_basis ON credentials (basis) WHERE basis LIKE 'delegation:%';
CREATE INDEX credentials_on_word ON credentials (valid_until) WHERE basis = 'issuer';
