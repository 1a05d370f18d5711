import { runJob } from '../../operations/upkeep/jobs.ts'
import type { Bindings, DurableState } from './bindings.ts'
import { jobNeeds, serviceOf } from './service.ts'

const delay = 500
const retryDelay = 5_000

/** The only place where audit events get their order. It wakes half a second after a call. */
export class AuditSequencer {
  readonly #state: DurableState
  readonly #bindings: Bindings
  constructor(state: DurableState, bindings: Bindings) {
    this.#state = state
    this.#bindings = bindings
  }

  async fetch(): Promise<Response> {
    const { storage } = this.#state
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + delay)
    return new Response(null, { status: 204 })
  }

  async alarm(): Promise<void> {
    const { deps, database } = await serviceOf(this.#bindings)
    const needs = jobNeeds(deps, database)
    const { outcome, cause } = await runJob(needs, 'sequence-audit')
    if (outcome === 'done') return
    deps.log('error', 'job sequence-audit failed, and will be tried again', { cause })
    await this.#state.storage.setAlarm(Date.now() + retryDelay)
  }
}
