import { clientAddress, type Forwarding } from '../../http/client-address.ts'
import { eraseDueEvents } from '../../operations/administering/erase-person.ts'
import { foldUsage } from '../../operations/auditing/fold-usage.ts'
import { storeSubtrees } from '../../operations/auditing/prove-audit.ts'
import { deleteExpired } from '../../operations/upkeep/delete-expired.ts'
import { endWhatIsDue } from '../../operations/upkeep/end-what-is-due.ts'
import type { Bindings, ExecutionContext } from './bindings.ts'
import { refusalToStart } from './refusal-to-start.ts'
import { serviceOf } from './service.ts'

export { AuditSequencer } from './audit-sequencer.ts'

const nobodysWord: Forwarding = { proxies: [], header: 'x-forwarded-for' }

/** The whole service on Cloudflare Workers. */
export default {
  async fetch(request: Request, bindings: Bindings, context: ExecutionContext): Promise<Response> {
    try {
      const { app, deps } = await serviceOf(bindings)
      deps.memory.sweepIfDue()
      // Set by the platform, whatever the client sent under this name.
      const said = request.headers.get('cf-connecting-ip') ?? undefined
      const address = clientAddress(said, undefined, nobodysWord)
      const response = await app.fetch(
        request,
        address === undefined ? {} : { clientAddress: address },
      )
      // What was written is sequenced within a second, by the one sequencer there is. A refusal at the door wrote nothing.
      if (request.method !== 'GET' && response.ok) context.waitUntil(callSequencer(bindings))
      return response
    } catch (error) {
      return refusalToStart(error)
    }
  },

  /** What Node does by timers: once a minute, the shortest that the platform offers. */
  async scheduled(_event: unknown, bindings: Bindings): Promise<void> {
    const { deps, database } = await serviceOf(bindings)
    await endWhatIsDue(deps)
    await deleteExpired(deps)
    await callSequencer(bindings)
    const needs = { ...deps, commitUnrecorded: database.commit }
    await foldUsage(needs)
    await storeSubtrees(needs)
    await eraseDueEvents(needs)
  },
}

async function callSequencer({ SEQUENCER }: Bindings): Promise<void> {
  await SEQUENCER.get(SEQUENCER.idFromName('audit')).fetch('https://sequencer/')
}
