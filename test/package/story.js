import {
  delegate,
  enrollAgent,
  makeClient,
  makeVerifier,
  present,
  presentingFetch,
  read,
} from '@procura/sdk'

/**
 * What an agent, its issuer and a verifier do with the SDK, in whatever runtime this is loaded.
 *
 * @param {{ url: string, apiKey: string }} service
 */
export async function tellStory({ url, apiKey }) {
  const admin = makeClient(url, { apiKey })
  const ada = await read(admin.people.$post({ json: { name: 'Ada' } }))
  const x = await enrollAgent(admin, { name: 'agent X', owner: ada.id })
  const y = await enrollAgent(admin, { name: 'agent Y', owner: ada.id })
  const ledger = await enrollAgent(admin, { name: 'ledger agent', owner: ada.id })
  const task = await read(
    admin.tasks.$post({ json: { purpose: 'monthly-report', host: ledger.did } }),
  )
  const resource = 'db://crm/public/customers'
  const { id, credential } = await read(
    admin.agents[':id'].credentials.$post({
      param: { id: x.id },
      json: {
        task: task.id,
        audience: [ledger.did],
        grants: [{ id: 'g1', type: 'database', locations: [resource], actions: ['read'] }],
        delegation: { remainingDepth: 1 },
      },
    }),
  )
  const issuer = await read(admin.issuers.$get({ query: {} }))
  const newVerifier = () =>
    makeVerifier({
      audience: ledger.did,
      trustedIssuers: { [issuer.items[0].did]: ['TaskPermissionCredential'] },
      allowedOrigins: [url],
    })
  const act = { action: 'read', resource, purpose: 'monthly-report' }

  const started = performance.now()
  const verifier = newVerifier()
  const verdict = await verifier.verifyCredential(credential)
  const milliseconds = performance.now() - started

  const shown = async (holder, credentials) =>
    present(holder, credentials, await verifier.newChallenge())
  const first = await shown(x, [credential])
  const decisions = [
    await verifier.decide({ presentation: first, ...act }),
    await verifier.decide({ presentation: first, ...act }),
    await verifier.decide({ presentation: await shown(x, [credential]), ...act, action: 'update' }),
    await verifier.decide({ presentation: await shown(y, [credential]), ...act }),
  ]
  const grants = [
    { id: 'g1', from: 'g1', type: 'database', locations: [resource], actions: ['read'] },
  ]
  const toY = await delegate(x, credential, { subject: y.did, grants })
  decisions.push(await verifier.decide({ presentation: await shown(y, [credential, toY]), ...act }))
  await read(admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))
  const revoked = await newVerifier().verifyCredential(credential)
  return {
    verdicts: [verdict, revoked].map(({ verified, decision, reason }) => ({
      verified,
      decision,
      reason,
    })),
    decisions: decisions.map(({ decision, reason }) => reason ?? decision),
    hasFetch: typeof presentingFetch(x, []) === 'function',
    milliseconds,
  }
}
