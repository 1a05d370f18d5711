import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { SequencedEvent } from '../../audit/audit-store.ts'
import { verifierKey } from '../../audit/checkpoint.ts'
import type { EventType } from '../../audit/event.ts'
import { toBase64url } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { deleteStream, moveStream, readStream } from '../../operations/auditing/move-stream.ts'
import {
  proveConsistency,
  proveDecision,
  proveInclusion,
} from '../../operations/auditing/prove-audit.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { check } from '../check.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { readPage } from '../read-page.ts'
import { route } from '../route.ts'
import { id, slug } from '../schemas.ts'

const position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const auditQuery = z.strictObject({
  from: position.default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  type: z.string().max(100).optional(),
  actor: z.string().max(100).optional(),
  agent: id.optional(),
  credential: id.optional(),
  task: id.optional(),
})

const move = z.strictObject({
  from: z.int().min(0).describe('Where the stream was when the caller read it.'),
  next: z.int().min(0).describe('Sequence of the first event that the collector has not taken.'),
})
const streamName = (c: Context<HttpEnv>): string => check(slug, c.req.param('name'), 'name')

const showEvent = ({ sequence, commitment, content }: SequencedEvent) => ({
  sequence,
  commitment: toBase64url(commitment),
  salt: content ? toBase64url(content.salt) : null,
  event: content ? (JSON.parse(content.body) as JsonObject) : null,
})

export const audit = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .get(
      '/audit',
      route('GET /audit', deps, {
        summary: 'Read the audit log from a position, filtered',
        query: auditQuery,
        answer:
          'events, each with sequence, commitment and salt (null if erased); next: position of the next page.',
      }),
      async (c) => {
        const { from, limit, type, ...filter } = c.req.valid('query')
        const asked = { ...filter, type: type as EventType | undefined }
        const { items, next } = await readPage(
          { after: from, limit },
          (part) => deps.audit.list(asked, part.after ?? from, part.limit),
          showEvent,
          ({ sequence }) => sequence + 1,
        )
        return c.json({ events: items, next }, 200)
      },
    )
    .get(
      '/audit/streams/:name',
      route('GET /audit/streams/:name', deps, {
        summary: 'Read how far a collector has taken the audit log',
        answer:
          'The stream. Each caller has its own, at most 16. One that the caller has not moved begins at 0.',
      }),
      async (c) => c.json(await readStream(deps, c.get('caller'), streamName(c)), 200),
    )
    .post(
      '/audit/streams/:name',
      route('POST /audit/streams/:name', deps, {
        summary: 'Move a stream on, once its collector has taken the events before `next`',
        body: move,
        answer: 'The stream. 409 if it is not at `from` any more: another process follows it too.',
      }),
      async (c) =>
        c.json(
          await carryOut(deps, () =>
            moveStream(deps, c.get('caller'), streamName(c), c.req.valid('json')),
          ),
          200,
        ),
    )
    .delete(
      '/audit/streams/:name',
      route('DELETE /audit/streams/:name', deps, {
        summary: 'Forget how far a collector has taken the audit log',
        answer: 'The stream, at its beginning. Deleting one that does not exist changes nothing.',
      }),
      async (c) =>
        c.json(await carryOut(deps, () => deleteStream(deps, c.get('caller'), streamName(c))), 200),
    )
    .get(
      '/audit/inclusion-proof',
      route('GET /audit/inclusion-proof', deps, {
        summary: 'Prove that the log contains an event',
        query: z.strictObject({ sequence: position }),
        answer:
          'commitment, and proof: hashes in base64 that lead from it to the root of the checkpoint (RFC 6962).',
      }),
      async (c) => c.json(await proveInclusion(deps, c.req.valid('query').sequence), 200),
    )
    .get(
      '/audit/consistency-proof',
      route('GET /audit/consistency-proof', deps, {
        summary: 'Prove that the log only grew since it had a given size',
        query: z.strictObject({ from: position }),
        answer:
          'proof: hashes in base64 that lead from the older root to that of the checkpoint (RFC 6962).',
      }),
      async (c) => c.json(await proveConsistency(deps, c.req.valid('query').from), 200),
    )
    .get(
      '/decisions/:id/proof',
      route('GET /decisions/:id/proof', deps, {
        summary: "Prove a decision to anyone with the log's key, offline and years later",
        answer:
          'event: what was decided, with the digests of chain and status; salt, sequence, inclusion, checkpoint and verifierKey.',
      }),
      async (c) => {
        return c.json(await proveDecision(deps, c.get('caller'), pathId(c)), 200)
      },
    )
    .get(
      '/audit/checkpoint',
      route('GET /audit/checkpoint', deps, {
        summary: 'Read the newest signed checkpoint of the log; keep it to verify the log later',
        answer: 'checkpoint: a C2SP signed note. verifierKey: verifies it.',
      }),
      async (c) => {
        const latest = await deps.audit.latest()
        if (!latest) throw new ServiceError('not_found', 'there is no checkpoint yet')
        const { publicKey } = await deps.auditSigner()
        return c.json(
          {
            checkpoint: latest.note,
            verifierKey: await verifierKey(deps.settings.auditOrigin, publicKey, deps.crypto),
          },
          200,
        )
      },
    )
