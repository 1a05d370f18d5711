import { type Context, Hono } from 'hono'
import context from '../../../schemas/context-v1.json' with { type: 'json' }
import policySchema from '../../../schemas/policy.cedarschema.json' with { type: 'json' }
import taskPermission from '../../../schemas/task-permission.json' with { type: 'json' }
import { openEnvelope } from '../../credential/jose.ts'
import { didWeb } from '../../did/methods/web.ts'
import { isDid } from '../../did/syntax.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { publishStatusList } from '../../operations/issuing/publish-status-list.ts'
import { timeToLiveSeconds } from '../../status/status-list.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'

/** Published unchanged from the folder of the same name. */
const schemas: Readonly<Record<string, object>> = {
  'context-v1.json': context,
  'task-permission.json': taskPermission,
  'policy.cedarschema.json': policySchema,
}

const tokenListType = 'application/statuslist+jwt'

/** Documents open to everyone: schemas, status lists and DID documents. */
export const published = (deps: HttpDeps) => {
  const didDocument = async (c: Context<HttpEnv>, ...path: readonly string[]) => {
    const did = didWeb(deps.settings.publicUrl, ...path)
    const document = isDid(did) ? await deps.identities.document(did) : undefined
    if (!document) throw new ServiceError('not_found', 'there is no such DID document')
    return c.body(JSON.stringify(document.json), 200, {
      'content-type': 'application/did+json',
      'cache-control': 'public, max-age=60',
    })
  }
  return new Hono<HttpEnv>()
    .get(
      '/schemas/:name',
      route('GET /schemas/:name', deps, {
        summary:
          'Fetch the JSON-LD context, the JSON Schema of task permissions, or the Cedar schema of local policy',
        answer: 'context-v1.json, task-permission.json or policy.cedarschema.json.',
      }),
      (c) => {
        const name = c.req.param('name')
        if (!Object.hasOwn(schemas, name))
          throw new ServiceError('not_found', 'there is no such schema')
        const mediaType = name.startsWith('context')
          ? 'application/ld+json'
          : 'application/schema+json'
        return c.body(JSON.stringify(schemas[name]), 200, {
          'content-type': mediaType,
          'cache-control': 'public, max-age=86400',
        })
      },
    )
    .get(
      '/status/:list',
      route('GET /status/:list', deps, {
        summary:
          'Fetch a status list: Bitstring, or the IETF’s with Accept: application/statuslist+jwt',
        answer: 'The signed list, with ETag and Cache-Control.',
      }),
      async (c) => {
        const accept = c.req.header('accept') ?? ''
        const isToken = accept.includes(tokenListType)
        const list = await publishStatusList(
          deps,
          pathId(c, 'list'),
          isToken ? 'token' : 'bitstring',
        )
        const age = Math.floor((deps.clock() - list.madeAt) / 1000)
        c.header('etag', list.etag)
        c.header('cache-control', `public, max-age=${Math.max(1, timeToLiveSeconds.default - age)}`)
        c.header('vary', 'accept')
        if (c.req.header('if-none-match') === list.etag) return c.body(null, 304)
        if (isToken) return c.body(list.body, 200, { 'content-type': tokenListType })
        const token = accept.includes('application/vc+jwt')
          ? openEnvelope(list.json, 'vc+jwt')
          : undefined
        if (token && !isRefusal(token))
          return c.body(token.compact, 200, { 'content-type': 'application/vc+jwt' })
        const mediaType = accept.includes('application/vc') ? 'application/vc' : 'application/json'
        return c.body(list.body, 200, { 'content-type': mediaType })
      },
    )
    .get(
      '/.well-known/did.json',
      route('GET /.well-known/did.json', deps, {
        summary: 'Fetch the DID document of the default issuer',
        answer: 'The document, if its DID is a did:web.',
      }),
      (c) => didDocument(c),
    )
    .get(
      '/issuers/:issuer/did.json',
      route('GET /issuers/:issuer/did.json', deps, {
        summary: 'Fetch the DID document of an issuer',
        answer: 'The document.',
      }),
      (c) => didDocument(c, 'issuers', c.req.param('issuer')),
    )
    .get(
      '/agents/:id/did.json',
      route('GET /agents/:id/did.json', deps, {
        summary: 'Fetch the DID document of an agent',
        answer: 'The document.',
      }),
      (c) => didDocument(c, 'agents', pathId(c)),
    )
}
