export const credentialsV1 = 'https://www.w3.org/2018/credentials/v1'
export const credentialsV2 = 'https://www.w3.org/ns/credentials/v2'
export const dataIntegrityV2 = 'https://w3id.org/security/data-integrity/v2'
export const procuraV1 = 'https://w3id.org/procura/v1'
export const examplesV2 = 'https://www.w3.org/ns/credentials/examples/v2'

/** The permitted JSON-LD contexts. Contexts are never fetched; unknown ones are refused. */
export const bundledUrls = [
  credentialsV1,
  credentialsV2,
  dataIntegrityV2,
  'https://w3id.org/security/data-integrity/v1',
  'https://w3id.org/security/multikey/v1',
  'https://www.w3.org/ns/did/v1',
  'https://w3id.org/security/suites/ed25519-2020/v1',
  procuraV1,
  examplesV2,
] as const
