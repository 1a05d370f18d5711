import type { z } from 'zod'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { pageNames } from '../pages.ts'
import type { Components } from './components.ts'

const uuid: JsonObject = { type: 'string', format: 'uuid' }
const slug: JsonObject = {
  type: 'string',
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$',
  examples: ['payments'],
}

/** What an id in a path names, by the path's first segment. */
const things: Readonly<Record<string, string>> = {
  agents: 'the agent',
  'api-keys': 'the API key',
  credentials: 'the credential in this interface (not its own id)',
  decisions: 'the decision, which the answer to it has',
  overlays: 'the overlay',
  people: 'the person',
  requests: 'the access request',
  reviews: 'the review',
  scim: 'the user or agent',
  sessions: 'the session',
  systems: 'the system',
  'trusted-issuers': 'the entry',
}

const described: Readonly<Record<string, readonly [JsonObject, string]>> = {
  item: [uuid, 'Id of the item.'],
  list: [uuid, 'Id of the status list: credentials name its URL.'],
  issuer: [slug, 'Name of the issuer.'],
  page: [{ type: 'string', enum: [...pageNames] }, 'Name of the page.'],
  name: [slug, 'Name of the document. A new name makes a new one.'],
  did: [
    { type: 'string', examples: ['did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH'] },
    'A DID or DID URL, as it is or percent-encoded as a whole.',
  ],
}

/** What a name in a path names, where it is not a document. */
const names: Readonly<Record<string, string>> = {
  segments: 'Name of the segment.',
  audit: 'Name of the stream, among those of the caller: one for each collector.',
}

export function pathParameters(path: string): readonly JsonObject[] {
  const place = path.split('/')[1]!
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => {
    const [schema, description] = describedIn(place, name!)
    return { name: name!, in: 'path', required: true, description, schema }
  })
}

function describedIn(place: string, name: string): readonly [JsonObject, string] {
  if (name === 'id') return [uuid, `Id of ${things[place]}.`]
  if (place === 'schemas')
    return [
      {
        type: 'string',
        enum: ['context-v1.json', 'task-permission.json', 'policy.cedarschema.json'],
      },
      'Name of the file.',
    ]
  const [schema, description] = described[name]!
  return [schema, names[place] ?? description]
}

/** Parameters of queries mean the same on every route. */
const queries: Readonly<Record<string, string>> = {
  after: 'The `next` of the page before. Absent: the first page.',
  limit: 'The most items that the page has.',
  state: 'Only those in this state.',
  agent: 'Only what concerns this agent.',
  task: 'Only what was issued under this task.',
  issuer: 'Only what this issuer issued.',
  credential: 'Only what concerns this credential.',
  actor: 'Only what this actor did.',
  type: 'Only events of this type.',
  name: 'Only the versions of this name.',
  open: 'Only items that are open (true), or decided (false).',
  unreviewed: 'Only elevations and emergencies that nobody has reviewed yet.',
  from: 'The position in the log where to begin.',
  sequence: 'The position of the event in the log.',
  filter: 'An attribute, eq, and a value in quotation marks (RFC 7644, 3.4.2.2).',
  startIndex: 'Index of the first result, beginning with 1.',
  count: 'The most results that the page has.',
}

export function queryParameters(query: z.ZodType, components: Components): readonly JsonObject[] {
  const { properties = {}, required = [] } = components.input(query) as {
    properties?: Record<string, JsonValue>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    description: queries[name]!,
    schema,
  }))
}

export const idempotencyKey: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  description:
    'The client chooses it, a new one for each new request. Within a day, the same key with the same request has one effect and one answer.',
}

const header = (name: string, description: string): JsonObject => ({
  name,
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description,
})

export const ifNoneMatch = header('If-None-Match', 'The ETag of what the client has.')
