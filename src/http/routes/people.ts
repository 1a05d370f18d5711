import { Hono } from 'hono'
import { z } from 'zod'
import { hasRole } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import {
  changePerson,
  delegateApprovals,
  leave,
} from '../../operations/administering/change-person.ts'
import { createPerson } from '../../operations/administering/create-person.ts'
import { createSystem } from '../../operations/administering/create-system.ts'
import { erasePerson } from '../../operations/administering/erase-person.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { found, pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, id, name, none, pageQuery, roles } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const newPerson = z.strictObject({
  name,
  email: z.email().nullish(),
  roles: roles.default([]),
  identityOf: id.nullish().describe('Another record of the same human being. It cannot be undone.'),
  userName: name.nullish().describe('As your directory has it.'),
  externalId: name.nullish().describe('Their identifier in your directory.'),
})
const changedPerson = newPerson.extend({ roles: roles.optional() }).partial()
const newSystem = z.strictObject({
  name,
  audiences: z
    .array(did)
    .max(100)
    .default([])
    .describe('DIDs for which it may ask for challenges and decisions.'),
})

export const people = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/people',
      route('POST /people', deps, {
        summary: 'Record a person',
        body: newPerson,
        answer: 'The person.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(await once(c, deps, () => createPerson(deps, c.get('caller'), c.req.valid('json')))),
          201,
        ),
    )
    .get(
      '/people',
      route('GET /people', deps, {
        summary: 'List people',
        query: pageQuery,
        answer: 'A page of people.',
      }),
      async (c) => {
        return c.json(await showPage(c.req.valid('query'), deps.people.list, show), 200)
      },
    )
    .get(
      '/people/:id',
      route('GET /people/:id', deps, { summary: 'Read a person', answer: 'The person.' }),
      async (c) => c.json(show(found(await deps.people.find(pathId(c)))), 200),
    )
    .patch(
      '/people/:id',
      route('PATCH /people/:id', deps, {
        summary: "Change a person's record",
        body: changedPerson,
        answer:
          'The person. Permissions of agents that act for the person are revoked in the same commit if they exceed the new roles.',
        idempotent: true,
      }),
      async (c) => {
        const person = found(await deps.people.find(pathId(c)))
        return c.json(
          show(
            await once(c, deps, () =>
              changePerson(deps, c.get('caller'), person, () => c.req.valid('json')),
            ),
          ),
          200,
        )
      },
    )
    .post(
      '/people/:id/leave',
      route('POST /people/:id/leave', deps, {
        summary: 'Record that a person has left, permanently',
        body: none,
        answer:
          'person; handedOver: agents that went to their deputy; suspended: agents without anyone answerable; retired: those of them that were never activated.',
        idempotent: true,
      }),
      async (c) => {
        const person = found(await deps.people.find(pathId(c)))
        const left = await once(c, deps, () => leave(deps, c.get('caller'), person))
        return c.json({ ...left, person: show(left.person) }, 200)
      },
    )
    .post(
      '/people/:id/erase',
      route('POST /people/:id/erase', deps, {
        summary: 'Erase the data of a person who has left',
        body: none,
        answer:
          'The person, without name and addresses. Content and salt of their events are erased within seconds; the log stays verifiable.',
        idempotent: true,
      }),
      async (c) => {
        const person = found(await deps.people.find(pathId(c)))
        return c.json(
          show(await once(c, deps, () => erasePerson(deps, c.get('caller'), person))),
          200,
        )
      },
    )
    .post(
      '/people/:id/delegate',
      route('POST /people/:id/delegate', deps, {
        summary: 'Name a delegate who approves in a person’s place for a while',
        body: z.union([
          z.strictObject({ delegate: id, until: z.iso.datetime() }),
          z.strictObject({ delegate: z.null() }),
        ]),
        answer: 'The person.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const person = await deps.people.find(pathId(c))
        if (!person || !(hasRole(caller, 'administrator') || caller.person === person.id))
          throw new ServiceError('not_found', 'there is no such person')
        const { delegate, ...rest } = c.req.valid('json')
        const to = delegate && 'until' in rest ? { delegate, until: Date.parse(rest.until) } : null
        return c.json(
          show(await once(c, deps, () => delegateApprovals(deps, caller, person, to))),
          200,
        )
      },
    )
    .post(
      '/systems',
      route('POST /systems', deps, {
        summary: 'Record a system and the audiences it represents',
        body: newSystem,
        answer: 'The system.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(await once(c, deps, () => createSystem(deps, c.get('caller'), c.req.valid('json')))),
          201,
        ),
    )
    .get(
      '/systems',
      route('GET /systems', deps, {
        summary: 'List systems',
        query: pageQuery,
        answer: 'A page of systems.',
      }),
      async (c) => {
        return c.json(await showPage(c.req.valid('query'), deps.systems.list, show), 200)
      },
    )
    .get(
      '/systems/:id',
      route('GET /systems/:id', deps, { summary: 'Read a system', answer: 'The system.' }),
      async (c) => c.json(show(found(await deps.systems.find(pathId(c)))), 200),
    )
