import { type Context, Hono } from 'hono'
import type { JsonObject } from '../../foundation/json.ts'
import {
  type Resolution,
  type ResolutionError,
  resolveForAnybody,
} from '../../operations/verifying/resolve-did.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { route } from '../route.ts'

/** Each error with its status, and its older name (DID Resolution as of 2023). */
const errors = {
  INVALID_DID: [400, 'invalidDid'],
  INVALID_PUBLIC_KEY: [400, 'invalidPublicKey'],
  INVALID_PUBLIC_KEY_LENGTH: [400, 'invalidPublicKeyLength'],
  INVALID_PUBLIC_KEY_TYPE: [400, 'invalidPublicKeyType'],
  UNSUPPORTED_PUBLIC_KEY_TYPE: [400, 'unsupportedPublicKeyType'],
  INVALID_DID_URL: [400, 'invalidDidUrl'],
  NOT_FOUND: [404, 'notFound'],
  METHOD_NOT_SUPPORTED: [501, 'methodNotSupported'],
  DEACTIVATED: [410, 'deactivated'],
  INTERNAL_ERROR: [500, 'internalError'],
} as const satisfies Record<ResolutionError, readonly [number, string]>

type Form = 'result' | 'older result' | 'document'

/** The form that an Accept header asks for, in its order. */
const forms: Readonly<Record<string, Form>> = {
  '*/*': 'result',
  'application/*': 'result',
  'application/json': 'result',
  'application/did-resolution': 'result',
  'application/ld+json;profile="https://w3id.org/did-resolution"': 'older result',
  'application/ld+json': 'older result',
  'application/did': 'document',
  'application/did+json': 'document',
  'application/did+ld+json': 'document',
}

/** Content type of the document inside a result; that of the result begins with it. */
const documentType = 'application/did'
const jsonType = 'application/did+json'

/** @see https://www.w3.org/TR/did-resolution/#bindings-https */
export const resolution = (deps: HttpDeps) =>
  new Hono<HttpEnv>().get(
    '/1.0/identifiers/:did{.+}',
    route('GET /1.0/identifiers/:did', deps, {
      summary: 'Resolve a did:key, a did:jwk, or a DID assigned here (DID Resolution over HTTPS)',
      answer:
        'Depends on Accept: a resolution result (application/did-resolution, or application/ld+json with its profile), or the bare document (application/did+json). With %23 and a fragment, the part it names; with ?service=, 303 to the service endpoint.',
    }),
    async (c) => {
      const form = formOf(c.req.header('accept') ?? '*/*')
      if (!form) return c.body(null, 406)
      const resolved = await resolveForAnybody(forRequest(deps, c), didIn(c))
      return answer(c, form, resolved)
    },
  )

/**
 * The DID in the path, as it is or percent-encoded as a whole. A `%3A` that belongs to a did:web
 * stays encoded.
 */
function didIn(c: Context<HttpEnv>): string {
  const { pathname, search } = new URL(c.req.url)
  const text = pathname.slice('/1.0/identifiers/'.length) + search
  if (text.startsWith('did:')) return text.replaceAll(/%(?:23|2F|3F)/gi, decodeURIComponent)
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function formOf(accept: string): Form | undefined {
  for (const item of accept.split(',')) {
    const type = item
      .toLowerCase()
      .replaceAll(/\s/g, '')
      .replace(/;q=[\d.]+$/, '')
    if (Object.hasOwn(forms, type)) return forms[type]
  }
  return undefined
}

/** An invalid key makes a did:key invalid; there is no more specific type. */
const standard = (error: ResolutionError): string =>
  error.includes('PUBLIC_KEY') ? 'INVALID_DID' : error

function answer(c: Context<HttpEnv>, form: Form, resolved: Resolution) {
  const failed = 'error' in resolved ? resolved : undefined
  const [status, olderName] = failed ? errors[failed.error] : ([200, ''] as const)
  if ('location' in resolved) return c.redirect(resolved.location, 303)
  const document = 'document' in resolved ? resolved.document : undefined
  const send = (body: JsonObject, type: string) =>
    c.body(JSON.stringify(body), status as 200, { 'content-type': type })
  if (form === 'document') return document ? send(document, jsonType) : c.body(null, status as 404)
  const metadata = failed
    ? {
        error: {
          type: `https://www.w3.org/ns/did#${standard(failed.error)}`,
          title: failed.detail,
        },
      }
    : { contentType: documentType }
  if (form === 'result')
    return send(
      { didDocument: document ?? null, didResolutionMetadata: metadata, didDocumentMetadata: {} },
      'application/did-resolution',
    )
  return send(
    {
      '@context': 'https://w3id.org/did-resolution/v1',
      didDocument: document ?? {},
      didResolutionMetadata: failed ? { error: olderName } : { contentType: jsonType },
      didDocumentMetadata: {},
      ...(failed?.isDereferencing ? { didDereferencingMetadata: { error: olderName } } : {}),
    },
    'application/ld+json;profile="https://w3id.org/did-resolution"',
  )
}
