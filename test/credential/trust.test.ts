import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { badge, type Party, party, secure } from '../parties.ts'
import { world } from '../world.ts'

/** A server that must not be asked. */
async function canary() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { asked, origin: `http://127.0.0.1:${port}`, did: `did:web:127.0.0.1%3A${port}` }
}

/** These services run by the real clock. */
const secureNow = (document: JsonObject, who: Party) =>
  secure(document, who, 'assertionMethod', Date.now())
const recent = { validFrom: '2026-01-01T00:00:00Z' }

test('D35 E32 nothing is fetched for an untrusted issuer: neither its keys nor its status list', async () => {
  const { asked, origin, did } = await canary()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: origin })
  const stranger = party()
  const status = {
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '1',
    statusListCredential: `${origin}/status/1`,
  }
  const byWeb = { ...stranger, did: did as never, verificationMethod: `${did}#k` }
  const verify = async (verifiableCredential: unknown) => {
    const { json } = await w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })
    return [json.verified, json.decision, json.reason]
  }
  const signed = (who: typeof stranger) =>
    secureNow(badge(who, { ...recent, credentialStatus: status }), who)
  const forged = await signed(stranger)

  const answers = [
    await verify(await signed(stranger)),
    await verify(await signed(byWeb)),
    await verify({ ...forged, id: 'urn:uuid:edited' }),
  ]

  expect(answers).toEqual([
    [true, 'deny', 'issuer_untrusted'],
    [false, 'deny', 'issuer_untrusted'],
    [false, 'deny', 'signature_invalid'],
  ])
  expect(asked).toEqual([])
})

test('E13 a trusted issuer’s list is fetched, and if that fails the credential is denied', async () => {
  const { asked, origin } = await canary()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: origin })
  const issuer = party()
  const status = {
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '1',
    statusListCredential: `${origin}/status/1`,
  }
  await w.raw('POST', '/trusted-issuers', {
    body: { did: issuer.did, credentialType: 'VerifiableCredential' },
  })

  const { json } = await w.raw('POST', '/credentials/verify', {
    body: {
      verifiableCredential: await secureNow(
        badge(issuer, { ...recent, credentialStatus: status }),
        issuer,
      ),
    },
  })

  expect([json.verified, json.decision, json.reason, asked]).toEqual([
    true,
    'deny',
    'status_unavailable',
    ['/status/1'],
  ])
})
