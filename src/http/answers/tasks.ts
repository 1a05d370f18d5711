import { z } from 'zod'
import { taskOutcomes } from '../../permission/permission.ts'
import { did, id } from '../schemas.ts'
import type { Operations } from './operation.ts'
import { pageOf, time } from './values.ts'

export const taskStates = ['open', ...taskOutcomes, 'expired'] as const

const task = z
  .strictObject({
    id,
    issuerId: id.describe('The issuer of the permissions under it.'),
    purpose: z.string(),
    host: did.nullable().describe('The agent that the task is done for, which may end it.'),
    agents: z
      .array(id)
      .describe('Agents that may request permissions under it. Empty: any entitled agent.'),
    state: z.enum(taskStates).describe('Every state except `open` is final.'),
    createdAt: time,
    endsAt: time.describe('When the service ends it, unless somebody does before.'),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Task' })

export const taskOperations = {
  'POST /tasks': { id: 'createTask', answer: task },
  'GET /tasks': { id: 'listTasks', answer: pageOf('TaskPage', task) },
  'GET /tasks/:id': { id: 'getTask', answer: task },
  'POST /tasks/:id/end': { id: 'endTask', answer: task },
} as const satisfies Operations
