import { z } from 'zod'
import { securingMechanisms } from '../../credential/issuer.ts'
import { keyKinds } from '../../keys/algorithm.ts'
import { did, id } from '../schemas.ts'
import type { Operations } from './operation.ts'
import { pageOf, time } from './values.ts'

const issuer = z
  .strictObject({
    id,
    name: z.string().describe('Part of its URL.'),
    did,
    keyKind: z.enum(keyKinds),
    mechanism: z.enum(securingMechanisms).describe('How it secures credentials.'),
    statusMessages: z
      .array(z.string())
      .nullable()
      .describe('Meanings of the values of the status `message`; null if there are none.'),
    state: z.enum(['active', 'retired']),
    createdAt: time,
  })
  .meta({ id: 'Issuer' })

const trustedIssuer = z
  .strictObject({ id, did, credentialType: z.string(), createdAt: time })
  .meta({ id: 'TrustedIssuer' })

export const issuerOperations = {
  'POST /issuers': { id: 'createIssuer', answer: issuer },
  'GET /issuers': { id: 'listIssuers', answer: pageOf('IssuerPage', issuer) },
  'GET /issuers/:issuer': { id: 'getIssuer', answer: issuer },
  'POST /issuers/:issuer/rotate': { id: 'rotateIssuerKey', answer: issuer },
  'POST /issuers/:issuer/retire': { id: 'retireIssuer', answer: issuer },
  'POST /trusted-issuers': { id: 'trustIssuer', answer: trustedIssuer },
  'GET /trusted-issuers': {
    id: 'listTrustedIssuers',
    answer: pageOf('TrustedIssuerPage', trustedIssuer),
  },
  'DELETE /trusted-issuers/:id': { id: 'distrustIssuer', answer: trustedIssuer },
} as const satisfies Operations
