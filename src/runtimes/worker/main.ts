import { clientAddress, type Forwarding } from '../../http/client-address.ts'
import { type JobName, jobs, runJob } from '../../operations/upkeep/jobs.ts'
import type { Bindings, ExecutionContext } from './bindings.ts'
import { refusalToStart } from './refusal-to-start.ts'
import { jobNeeds, serviceOf } from './service.ts'

export { AuditSequencer } from './audit-sequencer.ts'

const nobodysWord: Forwarding = { proxies: [], header: 'x-forwarded-for' }

/** The whole service on Cloudflare Workers. */
export default {
  async fetch(request: Request, bindings: Bindings, context: ExecutionContext): Promise<Response> {
    try {
      const { app, deps } = await serviceOf(bindings)
      deps.memory.sweepIfDue()
      // The platform sets this header, and overwrites what a client sent under this name.
      const said = request.headers.get('cf-connecting-ip') ?? undefined
      const address = clientAddress(said, undefined, nobodysWord)
      const response = await app.fetch(
        request,
        address === undefined ? {} : { clientAddress: address },
      )
      // Events are sequenced within a second, by the single sequencer. A refused request wrote
      // none.
      if (request.method !== 'GET' && response.ok) context.waitUntil(callSequencer(bindings))
      return response
    } catch (error) {
      return refusalToStart(error)
    }
  },

  /** Runs every job once a minute, the shortest interval that the platform offers. */
  async scheduled(_event: unknown, bindings: Bindings): Promise<void> {
    const { deps, database } = await serviceOf(bindings)
    const needs = jobNeeds(deps, database)
    await callSequencer(bindings)
    for (const job of Object.keys(jobs) as JobName[]) {
      // The Durable Object does that.
      if (job === 'sequence-audit') continue
      const { outcome, cause } = await runJob(needs, job)
      if (outcome === 'failed')
        deps.log('warn', `job ${job} failed, and will be tried again`, { cause })
    }
  },
}

async function callSequencer({ SEQUENCER }: Bindings): Promise<void> {
  await SEQUENCER.get(SEQUENCER.idFromName('audit')).fetch('https://sequencer/')
}
