import { client } from './client/client.gen.js'
import {
  activateAgent,
  createApiKey,
  createChallenge,
  createPerson,
  createSystem,
  createTask,
  decide,
  endTask,
  getAgent,
  issuePermission,
  registerAgent,
  revokeCredential,
  verifyCredential,
  verifyPresentation,
} from './client/sdk.gen.js'
import type { Challenge, Grant, VerifiableCredential } from './client/types.gen.js'

/**
 * The README's story, told by a generated client. It is compiled with that client, in strict mode,
 * so that a name or a type that the interface lacks is an error.
 */

/** What only the agent can do, since it alone has its key. */
export interface AgentX {
  readonly proveKey: (
    id: string,
    challenge: string,
  ) => Promise<{ publicKeyMultibase: string; challenge: string; signature: string }>
  readonly present: (
    did: string,
    credential: VerifiableCredential,
    challenge: Challenge,
  ) => Promise<Record<string, unknown>>
}

const ledger = 'did:web:ledger.acme.example'
const resource = 'db://crm/public/customers'
const purpose = 'monthly-report'
const grants: Grant[] = [{ id: 'g1', type: 'database', locations: [resource], actions: ['read'] }]

export async function tellStory(baseUrl: string, adminKey: string, x: AgentX): Promise<string[]> {
  client.setConfig({ baseUrl, auth: adminKey })
  const strict = { throwOnError: true } as const

  const { data: ada } = await createPerson({ ...strict, body: { name: 'Ada' } })
  const body = { name: 'agent X', owner: ada.id }
  const { data: pending } = await registerAgent({ ...strict, body })
  if (pending.keyChallenge === undefined) throw new Error('there is no challenge to prove the key')
  const proof = await x.proveKey(pending.id, pending.keyChallenge)
  const path = { id: pending.id }
  await activateAgent({ ...strict, path, body: proof })
  const { data: active } = await getAgent({ ...strict, path })
  if (active.did === null) throw new Error('the agent has no DID')
  const did = active.did

  const { data: system } = await createSystem({
    ...strict,
    body: { name: 'ledger', audiences: [ledger] },
  })
  const { data: key } = await createApiKey({
    ...strict,
    body: { name: 'ledger', holder: { kind: 'system', id: system.id }, scopes: ['verifier'] },
  })
  const verifier = { ...strict, auth: key.token ?? '' }

  const { data: task } = await createTask({ ...strict, body: { purpose } })
  const { data: issued } = await issuePermission({
    ...strict,
    path,
    body: { task: task.id, audience: [ledger], grants },
  })

  const presented = async () => {
    const { data: challenge } = await createChallenge({ ...verifier, body: { audience: ledger } })
    return { challenge, presentation: await x.present(did, issued.credential, challenge) }
  }
  const ask = async (action: string): Promise<string> => {
    const { presentation } = await presented()
    const { data: decision } = await decide({
      ...verifier,
      body: { presentation, action, resource, purpose },
    })
    return `${action}: ${decision.decision === 'allow' ? 'allow' : decision.reason}`
  }

  const { presentation, challenge } = await presented()
  const { data: verdict } = await verifyPresentation({
    ...verifier,
    body: {
      verifiablePresentation: presentation,
      options: { challenge: challenge.challenge, domain: ledger },
    },
  })
  const told = [`presentation: ${verdict.decision}`, await ask('read'), await ask('update')]
  await endTask({ ...strict, path: { id: task.id }, body: {} })
  told.push(await ask('read'))
  const { data: status } = await revokeCredential({ ...strict, path: { id: issued.id }, body: {} })
  const causes = status.revocation.map(({ cause }) => cause).sort()
  told.push(`revoked because of: ${causes.join(', ')}`)
  const { data: after } = await verifyCredential({
    ...verifier,
    body: { verifiableCredential: issued.credential },
  })
  told.push(`credential: ${after.reason}`)
  const refused = await getAgent({ path: { id: task.id } })
  told.push(`what does not exist: ${refused.error?.title}`)
  return told
}
