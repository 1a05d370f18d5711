-- How many overlays one creator has in force is bounded, and a decision reads those of its audience.
ALTER TABLE guards ADD COLUMN overlay_room INTEGER CONSTRAINT overlay_room CHECK (overlay_room IS NULL);
DROP INDEX overlays_by_end;
CREATE INDEX overlays_by_audience ON overlays (audience, ends_at) WHERE ended_at IS NULL;
CREATE INDEX overlays_by_creator ON overlays (created_by, ends_at) WHERE ended_at IS NULL;

-- Who got a key's secret: whoever makes or rotates somebody's key may act as that person.
ALTER TABLE api_keys ADD COLUMN made_by TEXT;
