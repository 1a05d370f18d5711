import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { credentialStates, type ListedCredential } from '../../credential/credential-store.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import type { PageRequest } from '../../foundation/page.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import type { Change } from '../../operations/common/change.ts'
import {
  findChangeableCredential,
  findCredential,
  findCredentialsByOwnId,
} from '../../operations/common/find-visible-credential.ts'
import { listCredentials } from '../../operations/common/list-visible.ts'
import {
  credentialStatus,
  resumeCredential,
  revokeCredential,
  setCredentialMessage,
  suspendCredential,
} from '../../operations/issuing/change-credential-status.ts'
import { statusPurposes } from '../../status/status-store.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { id, none, page } from '../schemas.ts'
import { show, showCredential, showPage } from '../view.ts'

const listQuery = z.strictObject({
  ...page,
  agent: id.optional(),
  task: id.optional(),
  issuer: id.optional(),
  state: z.enum(credentialStates).optional(),
})
const statusChange = z.strictObject({
  credentialId: z.string().min(1).max(2048).describe("The credential's own id."),
  credentialStatus: z.looseObject({
    type: z.literal('BitstringStatusListEntry'),
    statusPurpose: z.enum(statusPurposes).default('revocation'),
  }),
  status: z.boolean().default(true).describe('Whether the status is set, or lifted.'),
  indexAllocator: z.string().max(2048).optional().describe('Ignored.'),
})

const shownStatus = (status: Awaited<ReturnType<typeof credentialStatus>>) => ({
  id: status.id,
  revocation: status.revocation.map(show),
  suspension: status.suspension.map(show),
  message: status.message,
})

export const credentials = (deps: HttpDeps) => {
  /** The status of a credential after the change is carried out. */
  const changed = async (
    credential: ListedCredential,
    propose: (credential: ListedCredential) => MaybePromise<Change<null>>,
  ) => {
    await carryOut(deps, () => propose(credential))
    return shownStatus(await credentialStatus(deps, credential))
  }
  const visible = (c: Context<HttpEnv>) => findCredential(deps, c.get('caller'), pathId(c))
  const changeable = (c: Context<HttpEnv>) =>
    findChangeableCredential(deps, c.get('caller'), pathId(c))
  return new Hono<HttpEnv>()
    .get(
      '/credentials',
      route('GET /credentials', deps, {
        summary: 'List credentials by agent, task, issuer and state',
        query: listQuery,
        answer: 'A page of credentials, without their secured form.',
      }),
      async (c) => {
        const { agent, task, issuer, state, ...request } = c.req.valid('query')
        const filter = { agentId: agent, taskId: task, issuerId: issuer, state }
        const list = (part: PageRequest) => listCredentials(deps, c.get('caller'), filter, part)
        return c.json(await showPage(request, list, showCredential), 200)
      },
    )
    .get(
      '/credentials/:id',
      route('GET /credentials/:id', deps, {
        summary: 'Read a credential',
        answer: 'The credential, with verifiableCredential as issued, and its other forms.',
      }),
      async (c) => {
        const credential = await visible(c)
        return c.json(
          {
            ...showCredential(credential),
            verifiableCredential: credential.secured,
            forms: credential.forms,
          },
          200,
        )
      },
    )
    .get(
      '/credentials/:id/status',
      route('GET /credentials/:id/status', deps, {
        summary: 'Read why a credential is revoked or suspended',
        answer: 'The current causes.',
      }),
      async (c) => c.json(shownStatus(await credentialStatus(deps, await visible(c))), 200),
    )
    .post(
      '/credentials/status',
      route('POST /credentials/status', deps, {
        summary: 'Change the status of a credential by its own id (W3C VC-API)',
        body: statusChange,
        answer: 'The current causes, for each credential with this id.',
      }),
      async (c) => {
        const { credentialId, credentialStatus: entry, status } = c.req.valid('json')
        const found = await findCredentialsByOwnId(deps, credentialId)
        if (entry.statusPurpose === 'revocation' && !status)
          throw new ServiceError('status_irreversible', 'revocation is permanent')
        const change =
          entry.statusPurpose === 'revocation'
            ? revokeCredential
            : status
              ? suspendCredential
              : resumeCredential
        const items = []
        for (const credential of found)
          items.push(await changed(credential, (one) => change(deps, c.get('caller'), one)))
        return c.json({ items }, 200)
      },
    )
    .post(
      '/credentials/:id/suspend',
      route('POST /credentials/:id/suspend', deps, {
        summary: 'Suspend a credential',
        body: none,
        answer: 'The current causes.',
      }),
      async (c) =>
        c.json(
          await changed(await changeable(c), (credential) =>
            suspendCredential(deps, c.get('caller'), credential),
          ),
          200,
        ),
    )
    .post(
      '/credentials/:id/resume',
      route('POST /credentials/:id/resume', deps, {
        summary: 'Lift a suspension',
        body: none,
        answer: 'The causes that remain, such as a suspended agent.',
      }),
      async (c) =>
        c.json(
          await changed(await visible(c), (credential) =>
            resumeCredential(deps, c.get('caller'), credential),
          ),
          200,
        ),
    )
    .post(
      '/credentials/:id/message',
      route('POST /credentials/:id/message', deps, {
        summary: "Set one of the issuer's status messages for a credential",
        body: z.strictObject({
          value: z.int().min(0).max(255).describe('Its place in statusMessages of the issuer.'),
        }),
        answer: 'The current causes, and the message.',
      }),
      async (c) => {
        const { value } = c.req.valid('json')
        return c.json(
          await changed(await visible(c), (credential) =>
            setCredentialMessage(deps, c.get('caller'), credential, value),
          ),
          200,
        )
      },
    )
    .post(
      '/credentials/:id/revoke',
      route('POST /credentials/:id/revoke', deps, {
        summary: 'Revoke a credential permanently; an agent surrenders its own',
        body: none,
        answer: 'The current causes.',
      }),
      async (c) =>
        c.json(
          await changed(await changeable(c), (credential) =>
            revokeCredential(deps, c.get('caller'), credential),
          ),
          200,
        ),
    )
}
