-- What suspended an agent (src/directory/lifecycle.ts), which decides who may resume it. The previous
-- version did not record it, so an administrator resumes agents that it suspended for another reason
-- than lack of use.
ALTER TABLE agents ADD COLUMN suspended_by TEXT;
UPDATE agents SET suspended_by = CASE WHEN dormant_since IS NULL THEN 'administrator' ELSE 'disuse' END
WHERE state = 'suspended';

-- Precondition of a change: the person's record is as it was read.
ALTER TABLE guards ADD COLUMN person_unchanged INTEGER CONSTRAINT person_unchanged CHECK (person_unchanged IS NULL);
