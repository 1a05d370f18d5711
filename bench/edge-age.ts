import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { toBase64url } from '../src/foundation/encoding.ts'
import { generatePrivateJwk, makeClient, read } from '../src/sdk/index.ts'
import { startWorkerd } from '../test/edge/workerd.ts'
import type { Line } from './measure.ts'
import { startServer } from './server.ts'

/**
 * J26: how long a verifier at the edge, which fetches status lists, still allows what the origin
 * has revoked.
 */
export async function benchEdgeAge(): Promise<readonly Line[]> {
  const origin = await startServer()
  const admin = makeClient(origin.url, { apiKey: origin.apiKey })
  const owner = await read(admin.people.$post({ json: { name: 'Owner' } }))
  const agent = await read(
    admin.agents.$post({ json: { name: 'agent', owner: owner.id, custody: 'service' } }),
  )
  const task = await read(admin.tasks.$post({ json: { purpose: 'bench' } }))
  const issuer = await read(admin.issuers[':issuer'].$get({ param: { issuer: 'main' } }))
  const { id, credential } = await read(
    admin.agents[':id'].credentials.$post({
      param: { id: agent.id },
      json: {
        task: task.id,
        audience: [agent.did!],
        grants: [{ id: 'g1', type: 'database', locations: ['db://a/b/c'], actions: ['read'] }],
      } as never,
    }),
  )
  const token = toBase64url(nodeCrypto.randomBytes(32))
  const edge = await startWorkerd('wrangler.verifier.toml', {
    PROCURA_AUDIENCES: agent.did!,
    PROCURA_TRUSTED_ISSUERS: JSON.stringify({ [issuer.did]: ['TaskPermissionCredential'] }),
    PROCURA_CALLERS: JSON.stringify({ bench: token }),
    PROCURA_CHALLENGE_KEY: toBase64url(nodeCrypto.randomBytes(32)),
    PROCURA_RECEIPT_KEY: JSON.stringify(await generatePrivateJwk('Ed25519')),
    PROCURA_ALLOWED_ORIGINS: origin.url,
  })
  const isAllowed = async () => {
    const response = await fetch(`${edge.url}/credentials/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ verifiableCredential: credential }),
    })
    return ((await response.json()) as { decision: string }).decision === 'allow'
  }
  if (!(await isAllowed())) throw new Error('the credential is not allowed to begin with')
  await read(admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))
  const revoked = performance.now()
  while (await isAllowed()) await new Promise((resolve) => setTimeout(resolve, 100))
  const seconds = (performance.now() - revoked) / 1000
  await edge.stop()
  await origin.stop()
  return [
    {
      what: 'denied at the edge, after the revocation at the origin',
      ratio: seconds,
      unit: 's',
      goal: 60,
      detail: 'the ttl of the list, which was fetched just before',
    },
  ]
}
