import { z } from 'zod'
import type { Operations } from './operation.ts'
import { asDocument, document, verifiableCredential } from './values.ts'

const didDocument = document.meta({
  id: 'DidDocument',
  description: 'A DID document (DID Core 1.0).',
})
const asDidDocument = { 'application/did+json': didDocument }
const token = z.string().describe('A compact JWS.')

const resolution = asDocument(
  z
    .strictObject({
      didDocument: didDocument.nullable(),
      didResolutionMetadata: z.strictObject({
        contentType: z.string().optional(),
        error: z.strictObject({ type: z.string(), title: z.string() }).optional(),
      }),
      didDocumentMetadata: z.strictObject({}),
    })
    .meta({ id: 'DidResolution' }),
)
const olderResolution = asDocument(
  z
    .strictObject({
      '@context': z.string(),
      didDocument: document,
      didResolutionMetadata: z.strictObject({
        contentType: z.string().optional(),
        error: z.string().optional(),
      }),
      didDocumentMetadata: z.strictObject({}),
      didDereferencingMetadata: z.strictObject({ error: z.string() }).optional(),
    })
    .meta({ id: 'OlderDidResolution', description: 'As of DID Resolution of 2023.' }),
)
const resolutions = {
  'application/did-resolution': resolution,
  'application/ld+json;profile="https://w3id.org/did-resolution"': olderResolution,
}
const failed = (description: string) => ({ description, answer: resolutions })

/** DID documents and their resolution. */
export const identifierOperations = {
  'GET /1.0/identifiers/:did': {
    id: 'resolveDid',
    answer: { ...resolutions, ...asDidDocument },
    also: {
      303: {
        description: 'The service endpoint that the DID URL names, in Location.',
        answer: null,
      },
      400: failed('The DID or DID URL is not valid.'),
      404: failed('The DID is not known here.'),
      406: { description: 'Accept names no form that there is.', answer: null },
      410: failed('The DID is deactivated.'),
      500: failed('The resolver failed.'),
      501: failed('The DID method is not supported.'),
    },
  },
  'GET /.well-known/did.json': {
    id: 'getDefaultDidDocument',
    answer: asDidDocument,
    problems: [404],
  },
  'GET /issuers/:issuer/did.json': { id: 'getIssuerDidDocument', answer: asDidDocument },
  'GET /agents/:id/did.json': { id: 'getAgentDidDocument', answer: asDidDocument },
} as const satisfies Operations

const notChanged = {
  304: { description: 'It has not changed since the ETag in If-None-Match.', answer: null },
}

export const publishedOperations = {
  'GET /status/:list': {
    id: 'getStatusList',
    answer: {
      'application/json': verifiableCredential,
      'application/vc': verifiableCredential,
      'application/vc+jwt': token,
      'application/statuslist+jwt': token,
    },
    also: notChanged,
  },
  'GET /schemas/:name': {
    id: 'getSchema',
    answer: { 'application/ld+json': document, 'application/schema+json': document },
  },
} as const satisfies Operations

const ready = z.strictObject({ status: z.literal('ready') }).meta({ id: 'Ready' })
const notReady = z
  .strictObject({ status: z.literal('not ready'), missing: z.string() })
  .meta({ id: 'NotReady' })

export const serviceOperations = {
  'GET /healthz': {
    id: 'checkHealth',
    answer: z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' }),
  },
  'GET /readyz': {
    id: 'checkReadiness',
    answer: ready,
    also: { 503: { description: 'Something is missing.', answer: notReady } },
  },
  'GET /metrics': {
    id: 'getMetrics',
    answer: { 'text/plain': z.string().describe('Prometheus text format, version 0.0.4.') },
  },
  'GET /openapi.json': { id: 'getOpenApi', answer: document, also: notChanged },
  'GET /docs': { id: 'getDocumentation', answer: { 'text/html': z.string() }, also: notChanged },
  'GET /docs/:page': { id: 'getPage', answer: { 'text/markdown': z.string() } },
  'GET /llms.txt': { id: 'getLlmsText', answer: { 'text/plain': z.string() } },
} as const satisfies Operations
