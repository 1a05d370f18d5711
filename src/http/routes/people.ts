import { Hono } from 'hono'
import { z } from 'zod'
import { createPerson } from '../../operations/create-person.ts'
import { createSystem } from '../../operations/create-system.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { found, pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, name, pageQuery } from '../schemas.ts'
import { show, showPage } from '../view.ts'

const newPerson = z.strictObject({ name, email: z.email().nullish() })
const newSystem = z.strictObject({ name, audiences: z.array(did).max(100).default([]) })

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
          show(
            await once(c, deps, (needs) =>
              createPerson(needs, c.get('caller'), c.req.valid('json')),
            ),
          ),
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
        const page = c.req.valid('query')
        return c.json(showPage(await deps.people.list(page), page.limit, show), 200)
      },
    )
    .get(
      '/people/:id',
      route('GET /people/:id', deps, { summary: 'Read a person', answer: 'The person.' }),
      async (c) => c.json(show(found(await deps.people.find(pathId(c)))), 200),
    )
    .post(
      '/systems',
      route('POST /systems', deps, {
        summary: 'Record a system and the audiences it stands for',
        body: newSystem,
        answer: 'The system.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(
            await once(c, deps, (needs) =>
              createSystem(needs, c.get('caller'), c.req.valid('json')),
            ),
          ),
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
        const page = c.req.valid('query')
        return c.json(showPage(await deps.systems.list(page), page.limit, show), 200)
      },
    )
    .get(
      '/systems/:id',
      route('GET /systems/:id', deps, { summary: 'Read a system', answer: 'The system.' }),
      async (c) => c.json(show(found(await deps.systems.find(pathId(c)))), 200),
    )
