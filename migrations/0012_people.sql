-- Every mailbox that a person's record has or ever had, in normal form (src/directory/mailbox.ts), until
-- the record is erased. Two records that share one belong to one human being.
CREATE TABLE mailboxes (
  address TEXT NOT NULL,
  person_id BLOB NOT NULL,
  since BIGINT NOT NULL,
  CONSTRAINT mailboxes_address_person_id PRIMARY KEY (address, person_id)
);
CREATE INDEX mailboxes_by_person ON mailboxes (person_id);
CREATE INDEX people_by_identity ON people (identity_of) WHERE identity_of IS NOT NULL;

-- One row. A commit that changes a property of many rows together (which records share a mailbox,
-- whether an administrator is left) raises it first, and so waits for others that do the same.
CREATE TABLE directory_turns (turn BIGINT NOT NULL);
INSERT INTO directory_turns (turn) VALUES (0);

-- Who, other than the owner, had an agent's key sign: the agent's acts are then also theirs.
CREATE TABLE acting_for (
  agent_id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  valid_until BIGINT NOT NULL,
  CONSTRAINT acting_for_agent_id_person_id PRIMARY KEY (agent_id, person_id)
);

ALTER TABLE guards ADD COLUMN person_linked INTEGER CONSTRAINT person_linked CHECK (person_linked IS NULL);
ALTER TABLE guards ADD COLUMN last_administrator INTEGER CONSTRAINT last_administrator CHECK (last_administrator IS NULL);

-- Takes existing records over: those with the same mailbox become identities of the oldest.
INSERT INTO mailboxes (address, person_id, since)
  SELECT lower(trim(email)), id, created_at FROM people WHERE trim(email) <> '';
INSERT INTO mailboxes (address, person_id, since)
  SELECT lower(trim(user_name)), id, created_at FROM people
  WHERE user_name LIKE '_%@_%' AND user_name NOT LIKE '%@%@%' AND trim(user_name) NOT LIKE '% %'
  ON CONFLICT DO NOTHING;

CREATE TABLE people_reach AS
  WITH RECURSIVE
    firsts (id, one) AS (SELECT id, COALESCE(identity_of, id) FROM people),
    shared (one, other) AS (
      SELECT DISTINCT x.one, y.one FROM mailboxes m
        JOIN firsts x ON x.id = m.person_id
        JOIN mailboxes n ON n.address = m.address
        JOIN firsts y ON y.id = n.person_id
      WHERE x.one <> y.one
    ),
    reach (one, other) AS (
      SELECT one, one FROM firsts
      UNION
      SELECT r.one, s.other FROM reach r JOIN shared s ON s.one = r.other
    )
  SELECT one, other FROM reach;
CREATE TABLE people_joined AS
  SELECT r.one AS former, r.other AS joined FROM people_reach r
  WHERE r.one <> r.other
    AND NOT EXISTS (SELECT 1 FROM people_reach o WHERE o.one = r.one AND o.other < r.other);
UPDATE people
  SET identity_of = (SELECT j.joined FROM people_joined j WHERE j.former = COALESCE(people.identity_of, people.id))
  WHERE COALESCE(identity_of, id) IN (SELECT former FROM people_joined);

-- Their duties and acts move with them. On PostgreSQL the adapter provides `hex`.
CREATE TABLE parties_joined AS
  SELECT
    'person:' || lower(substr(hex(former), 1, 8) || '-' || substr(hex(former), 9, 4) || '-'
      || substr(hex(former), 13, 4) || '-' || substr(hex(former), 17, 4) || '-' || substr(hex(former), 21)) AS former,
    'person:' || lower(substr(hex(joined), 1, 8) || '-' || substr(hex(joined), 9, 4) || '-'
      || substr(hex(joined), 13, 4) || '-' || substr(hex(joined), 17, 4) || '-' || substr(hex(joined), 21)) AS joined
  FROM people_joined;
INSERT INTO duties (rule, party, side, credential_id, valid_until)
  SELECT d.rule, j.joined, d.side, d.credential_id, d.valid_until
  FROM duties d JOIN parties_joined j ON j.former = d.party WHERE 1 = 1
  ON CONFLICT DO NOTHING;
DELETE FROM duties WHERE party IN (SELECT former FROM parties_joined);
INSERT INTO duty_parties (rule, party, changes)
  SELECT DISTINCT p.rule, j.joined, 1
  FROM duty_parties p JOIN parties_joined j ON j.former = p.party WHERE 1 = 1
  ON CONFLICT DO NOTHING;
DELETE FROM duty_parties WHERE party IN (SELECT former FROM parties_joined);
CREATE INDEX duties_by_party ON duties (party);

-- Side 3 means both sides, by records that turned out to belong to one human being.
CREATE TABLE acts_before AS SELECT * FROM acts;
DROP TABLE acts;
CREATE TABLE acts (
  rule TEXT NOT NULL,
  transaction_key BLOB NOT NULL,
  party TEXT NOT NULL,
  side BIGINT NOT NULL CONSTRAINT acts_side CHECK (side IN (0, 1, 3)),
  expires_at BIGINT NOT NULL,
  CONSTRAINT acts_rule_transaction_key_party PRIMARY KEY (rule, transaction_key, party)
);
INSERT INTO acts (rule, transaction_key, party, side, expires_at)
  SELECT a.rule, a.transaction_key, COALESCE(j.joined, a.party),
    CASE WHEN MIN(a.side) = MAX(a.side) THEN MIN(a.side) ELSE 3 END, MAX(a.expires_at)
  FROM acts_before a LEFT JOIN parties_joined j ON j.former = a.party
  GROUP BY a.rule, a.transaction_key, COALESCE(j.joined, a.party);
CREATE INDEX acts_by_expiry ON acts (expires_at);
CREATE INDEX acts_by_party ON acts (party);
CREATE INDEX acts_of_both_sides ON acts (rule, party) WHERE side = 3;

DROP TABLE acts_before;
DROP TABLE parties_joined;
DROP TABLE people_joined;
DROP TABLE people_reach;
