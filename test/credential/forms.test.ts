import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { read } from '../../src/sdk/index.ts'
import { ask, customers, world } from '../world.ts'

const forms = ['eddsa-rdfc-2022', 'vc+jwt', 'dc+sd-jwt'] as const

async function inForms(grantsFor: (authority: string) => readonly JsonObject[]) {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = await w.task(ledger)
  const grants = grantsFor(`${w.service.publicUrl}/meters`)
  const { status, json } = await w.raw('POST', `/agents/${x.id}/credentials`, {
    body: { task: task.id, audience: [ledger.did], grants, forms },
  })
  const all = [json.credential, ...forms.map((form) => json.forms?.[form])] as readonly JsonObject[]
  return { ...w, x, ledger, task, status, json, all }
}

const grant = { id: 'g1', type: 'database', locations: [customers], actions: ['read'] }

test('each form of a permission leads to a decision, and one revocation ends them all', async () => {
  const { raw, x, ledger, status, json, all } = await inForms(() => [grant])
  const answers = async () => {
    const given = []
    for (const credential of all) given.push(await ask(ledger, x, [credential]))
    return given
  }

  expect(status).toBe(201)
  expect(await answers()).toEqual(Array(4).fill('allow'))
  expect((await raw('GET', `/credentials/${json.id}`)).json.forms).toEqual(json.forms)
  await raw('POST', `/credentials/${json.id}/revoke`, { body: {} })
  expect(await answers()).toEqual(Array(4).fill('deny: revoked'))
})

test('H10 all forms of a permission share one limit', async () => {
  const { ledger, x, all } = await inForms((authority) => [
    { ...grant, constraints: [{ type: 'uses', max: 3, authority }] },
  ])
  const answers = []
  for (const credential of all) answers.push(await ask(ledger, x, [credential]))

  expect(answers).toEqual(['allow', 'allow', 'allow', 'deny: limit_reached'])
})

test('a form that the issuer’s key cannot sign, or that does not fit, is 422 and issues nothing', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = await w.task(ledger)
  const permit = (form: string) =>
    w.raw('POST', `/agents/${x.id}/credentials`, {
      body: { task: task.id, audience: [ledger.did], grants: [grant], forms: [form] },
    })
  const issue = (form: string) =>
    w.raw('POST', '/issuers/main/credentials/issue', {
      body: {
        credential: {
          '@context': ['https://www.w3.org/ns/credentials/v2'],
          type: ['VerifiableCredential'],
          credentialSubject: { id: 'did:example:a' },
        },
        options: { forms: [form] },
      },
    })

  expect((await permit('ecdsa-rdfc-2019')).status).toBe(422)
  expect((await permit('ecdsa-sd-2023')).status).toBe(422)
  expect((await permit('vc+sd-jwt')).status).toBe(422)
  expect((await permit('other')).status).toBe(400)
  expect((await issue('dc+sd-jwt')).status).toBe(422)
  expect((await issue('vc+sd-jwt')).json.forms['vc+sd-jwt'].type).toBe(
    'EnvelopedVerifiableCredential',
  )
  expect((await read(w.admin.credentials.$get({ query: { agent: x.id } as never }))).items).toEqual(
    [],
  )
})
