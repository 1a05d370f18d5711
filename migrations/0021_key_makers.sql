-- Everyone who ever got a secret of a holder's keys: rotation replaces `made_by`, and what was made with the old
-- secret stays.
CREATE TABLE api_key_makers (
  holder_id BLOB NOT NULL,
  maker TEXT NOT NULL,
  CONSTRAINT api_key_makers_holder_id_maker PRIMARY KEY (holder_id, maker)
);
INSERT INTO api_key_makers (holder_id, maker)
  SELECT DISTINCT holder_id, made_by FROM api_keys WHERE made_by IS NOT NULL;
