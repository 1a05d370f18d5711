/** Names that people choose for segments, roles and documents, and that appear in paths. */
export const slugPattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
