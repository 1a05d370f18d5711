export const credentialsV1 = 'https://www.w3.org/2018/credentials/v1'
export const credentialsV2 = 'https://www.w3.org/ns/credentials/v2'
export const dataIntegrityV2 = 'https://w3id.org/security/data-integrity/v2'
export const procuraV1 = 'https://w3id.org/procura/v1'
