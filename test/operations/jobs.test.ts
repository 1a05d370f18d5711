import { expect, test } from 'vitest'
import { type JobName, type JobNeeds, jobs, runJob } from '../../src/operations/upkeep/jobs.ts'
import { realDeps } from '../deps.ts'

test('a job that fails is reported by its name and cause, and does not stop the others', async () => {
  const deps = await realDeps()
  const unreachable = {
    ...deps,
    tasks: { ...deps.tasks, overdue: () => Promise.reject(new TypeError('gone')) },
    raiseAlarm: () => undefined,
    commitUnrecorded: async () => undefined,
  } as unknown as JobNeeds

  const runs = []
  for (const job of Object.keys(jobs) as JobName[]) runs.push(await runJob(unreachable, job))

  expect(runs.filter(({ outcome }) => outcome === 'failed')).toEqual([
    {
      job: 'expire-due-tasks',
      outcome: 'failed',
      milliseconds: expect.any(Number),
      cause: 'TypeError',
    },
  ])
  expect(runs.map(({ job }) => job)).toEqual(Object.keys(jobs))
})
