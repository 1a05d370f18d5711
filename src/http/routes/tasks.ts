import { Hono } from 'hono'
import { z } from 'zod'
import { taskLifetime } from '../../directory/task.ts'
import { findKnownTask } from '../../operations/common/find-visible.ts'
import { createTask } from '../../operations/issuing/create-task.ts'
import { endTask } from '../../operations/issuing/end-task.ts'
import { taskOutcomes } from '../../permission/permission.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, id, page, purpose, seconds, slug } from '../schemas.ts'
import { showPage, showTask } from '../view.ts'

const newTask = z.strictObject({
  purpose,
  host: did.nullish().describe('The agent that the task is done for, which may end it.'),
  agents: z
    .array(id)
    .max(64)
    .default([])
    .describe('Agents that may request permissions under it. None: any entitled agent.'),
  issuer: slug
    .optional()
    .describe('Name of the issuer of its permissions. Absent: the default one.'),
  lifetimeSeconds: seconds(taskLifetime.max).optional(),
})

export const tasks = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/tasks',
      route('POST /tasks', deps, {
        summary: 'Open a task, under which permissions are issued',
        body: newTask,
        answer:
          'The task. The service ends it after at most a day. agents: the agents that may work on it; for other agents it does not exist.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          showTask(
            await once(c, deps, () => createTask(deps, c.get('caller'), c.req.valid('json'))),
          ),
          201,
        ),
    )
    .get(
      '/tasks',
      route('GET /tasks', deps, {
        summary: 'List tasks',
        query: z.strictObject({
          ...page,
          state: z.enum(['open', ...taskOutcomes, 'expired']).optional(),
        }),
        answer: 'A page of tasks.',
      }),
      async (c) => {
        const { state, ...request } = c.req.valid('query')
        return c.json(
          await showPage(request, (part) => deps.tasks.list({ state }, part), showTask),
          200,
        )
      },
    )
    .get(
      '/tasks/:id',
      route('GET /tasks/:id', deps, { summary: 'Read a task', answer: 'The task.' }),
      async (c) => c.json(showTask(await findKnownTask(deps, c.get('caller'), pathId(c))), 200),
    )
    .post(
      '/tasks/:id/end',
      route('POST /tasks/:id/end', deps, {
        summary: 'End a task; every permission issued under it is revoked in the same commit',
        body: z.strictObject({ outcome: z.enum(taskOutcomes).default('completed') }),
        answer: 'The task.',
        idempotent: true,
      }),
      async (c) => {
        const task = await findKnownTask(deps, c.get('caller'), pathId(c))
        return c.json(
          showTask(
            await once(c, deps, () =>
              endTask(deps, c.get('caller'), task, c.req.valid('json').outcome),
            ),
          ),
          200,
        )
      },
    )
