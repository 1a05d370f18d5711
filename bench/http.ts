import type { JsonObject } from '../src/foundation/json.ts'
import { makeClient, read } from '../src/sdk/index.ts'
import { makeParty, rawWork } from './fixtures.ts'
import { load } from './load.ts'
import { interleave, type Line, median } from './measure.ts'
import { type Server, startServer } from './server.ts'

/** The whole service over HTTP, in a separate process, loaded from this one. */
export async function benchHttp(): Promise<readonly Line[]> {
  return [await issuing(), ...(await verifying())]
}

async function prepare({ url, apiKey }: Server) {
  const admin = makeClient(url, { apiKey })
  const owner = await read(admin.people.$post({ json: { name: 'Owner' } }))
  const agent = await read(
    admin.agents.$post({ json: { name: 'agent', owner: owner.id, custody: 'service' } }),
  )
  const task = await read(admin.tasks.$post({ json: { purpose: 'bench' } }))
  const grants = [
    { id: 'g1', type: 'database', locations: ['db://crm/public/customers'], actions: ['read'] },
  ]
  return { admin, agent, permission: { task: task.id, audience: [agent.did!], grants } }
}

async function issuing(): Promise<Line> {
  const rates: Record<string, number[]> = { grouped: [], single: [] }
  const servers = {
    grouped: await startServer(),
    single: await startServer({ PROCURA_MAX_GROUP: '1' }),
  }
  const loads = await Promise.all(
    Object.entries(servers).map(async ([name, server]) => {
      const { agent, permission } = await prepare(server)
      const run = (milliseconds: number) =>
        load({
          url: `${server.url}/agents/${agent.id}/credentials`,
          apiKey: server.apiKey,
          bodies: [JSON.stringify(permission)],
          inFlight: 64,
          milliseconds,
        })
      return [name, run] as const
    }),
  )
  // It takes seconds until the engine has optimized the measured code.
  for (const [, run] of loads) await run(4000)
  for (let round = 0; round < 5; round++)
    for (const [name, run] of loads) rates[name]!.push(await run(1500))
  await Promise.all(Object.values(servers).map((server) => server.stop()))
  const [grouped, single] = [median(rates.grouped!), median(rates.single!)]
  const detail = `${grouped.toFixed(0)} against ${single.toFixed(0)} credentials a second`
  return {
    what: 'HTTP issue at 64 in flight, against one commit each',
    ratio: grouped / single,
    unit: '×',
    goal: 2.5,
    atLeast: true,
    detail,
  }
}

async function verifying(): Promise<readonly Line[]> {
  const server = await startServer()
  const { admin, agent, permission } = await prepare(server)
  const credentials: JsonObject[] = []
  // More than the service remembers, so that each one is verified.
  for (let i = 0; i < 5000; i += 50)
    credentials.push(
      ...(await Promise.all(
        Array.from(
          { length: 50 },
          async () =>
            (
              await read(
                admin.agents[':id'].credentials.$post({
                  param: { id: agent.id },
                  json: permission as never,
                }),
              )
            ).credential as JsonObject,
        ),
      )),
    )
  const single = credentials.map((verifiableCredential) => JSON.stringify({ verifiableCredential }))
  const batches: string[] = []
  for (let i = 0; i + 32 <= credentials.length; i += 32)
    batches.push(JSON.stringify({ verifiableCredentials: credentials.slice(i, i + 32) }))
  const { apiKey, url } = server
  const one = (milliseconds: number) =>
    load({ url: `${url}/credentials/verify`, apiKey, bodies: single, inFlight: 64, milliseconds })
  const batch = (milliseconds: number) =>
    load({
      url: `${url}/credentials/verify/batch`,
      apiKey,
      bodies: batches,
      inFlight: 4,
      milliseconds,
    })
  await one(1500)
  await batch(1500)
  const rates = { raw: [] as number[], one: [] as number[], batch: [] as number[] }
  const party = makeParty()
  for (let round = 0; round < 5; round++) {
    const { V } = await interleave({ V: rawWork(party).V }, { rounds: 5, runs: 500 })
    rates.raw.push(1e6 / V)
    rates.one.push(await one(1500))
    rates.batch.push((await batch(1500)) * 32)
  }
  await server.stop()
  const raw = median(rates.raw)
  const line = (what: string, rate: number, goal: number): Line => ({
    what,
    ratio: rate / raw,
    unit: 'of raw',
    goal,
    atLeast: true,
    detail: `${rate.toFixed(0)} a second; one thread verifies ${raw.toFixed(0)} raw`,
  })
  return [
    line('HTTP POST /credentials/verify', median(rates.one), 0.7),
    line('HTTP verify in batches of 32', median(rates.batch), 0.9),
  ]
}
