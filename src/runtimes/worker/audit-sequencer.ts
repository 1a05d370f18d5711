import { sequenceAudit } from '../../operations/auditing/sequence-audit.ts'
import type { Bindings, DurableState } from './bindings.ts'
import { serviceOf } from './service.ts'

const delay = 500
const retryDelay = 5_000

/** The one place where events of the audit log get their order. It wakes half a second after it was called. */
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
    try {
      const { deps, database } = await serviceOf(this.#bindings)
      const sequencer = { ...deps, commitUnrecorded: database.commit }
      while ((await sequenceAudit(sequencer)) > 0);
    } catch (error) {
      console.error(
        JSON.stringify({
          level: 'error',
          message: 'audit sequencer failed, and will be tried again',
          cause: (error as Error).name,
        }),
      )
      await this.#state.storage.setAlarm(Date.now() + retryDelay)
    }
  }
}
