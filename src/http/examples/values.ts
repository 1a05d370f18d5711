import type { JsonObject } from '../../foundation/json.ts'

/** One story, told by all examples: agent X reads customers for the ledger's monthly report. */

export const ada = '0199c1a2-5b1e-7c4f-8a3d-2f6e9b0c1d11'
export const agentX = '0199c1a2-6c2f-7d50-9b4e-3a7f0c1d2e22'
export const issuer = '0199c1a1-0000-7a10-8e5f-4b8a1d2e3f33'
export const task = '0199c1a3-7d30-7e61-8c5f-4b801d2e3f44'
export const credential = '0199c1a4-8e41-7f72-9d60-5c912e3f4055'
export const request = '0199c1a6-9f52-7083-8e71-6da23f405166'
export const overlay = '0199c1a7-a063-7194-9f82-7eb340516277'
export const decision = '0199c1a5-b174-72a5-8093-8fc451627388'

export const xDid = 'did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH'
export const issuerDid = 'did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw'
export const ledgerDid = 'did:web:ledger.acme.example'
export const helperDid = 'did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG'

export const administrator = `person:${ada}`
export const challenge = 'AZnBolseAAABmcGiWx4AAEYx5tKZk0uHn1dJr3VqQbU'
export const [morning, hourLater, dayLater] = [
  '2026-03-02T08:00:00Z',
  '2026-03-02T09:00:00Z',
  '2026-03-03T08:00:00Z',
]
export const digest = `sha-256:${'3b7e0f52c41d9a68'.repeat(4)}`

export const grant: JsonObject = {
  id: 'g1',
  type: 'database',
  locations: ['db://crm/public/customers'],
  actions: ['read'],
}

const proofOf = (did: string, purpose: string): JsonObject => ({
  type: 'DataIntegrityProof',
  cryptosuite: 'eddsa-jcs-2022',
  created: morning,
  proofPurpose: purpose,
  verificationMethod: `${did}#${did.slice('did:key:'.length)}`,
  proofValue: `z${'3kYPHcHLb3vTqLr1B5sZJtTn9m'.repeat(3)}`,
})

const statusList = 'https://iam.acme.example/status/0199c1a1-1111-7b21-9f60-5c912e3f4099'
const permission: JsonObject = {
  version: 1,
  principal: { id: issuerDid, owner: `urn:uuid:${ada}` },
  audience: [ledgerDid],
  task: {
    id: `urn:uuid:${task}`,
    purpose: 'monthly-report',
    endsOn: ['completed', 'failed', 'canceled', 'rejected'],
  },
  grants: [grant],
}

export const securedCredential: JsonObject = {
  '@context': [
    'https://www.w3.org/ns/credentials/v2',
    'https://w3id.org/procura/schemas/context-v1.json',
  ],
  id: `urn:uuid:${credential}`,
  type: ['VerifiableCredential', 'TaskPermissionCredential'],
  issuer: issuerDid,
  validFrom: morning,
  validUntil: hourLater,
  credentialStatus: [
    {
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '52177',
      statusListCredential: statusList,
    },
  ],
  credentialSubject: { id: xDid, permission },
  proof: proofOf(issuerDid, 'assertionMethod'),
}

export const presentation: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiablePresentation'],
  holder: xDid,
  verifiableCredential: [securedCredential],
  proof: { ...proofOf(xDid, 'authentication'), challenge, domain: ledgerDid },
}
