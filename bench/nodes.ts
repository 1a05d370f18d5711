import { makeClient, read } from '../src/sdk/index.ts'
import { postgresForTests } from '../test/postgres-server.ts'
import { load } from './load.ts'
import { type Line, median } from './measure.ts'
import { type Server, startServer } from './server.ts'

/**
 * Two processes of the service on one PostgreSQL, each pinned to its own core, against one of them.
 */
export async function benchNodes(): Promise<readonly Line[]> {
  const postgres = await postgresForTests()
  if (!postgres) return []
  const environment = {
    PROCURA_DATABASE_URL: await postgres.newDatabase(),
    PROCURA_PUBLIC_URL: 'https://iam.acme.example',
    PROCURA_MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url'),
    PROCURA_ADMIN_KEY: `procura_${Buffer.alloc(16, 7).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`,
    // A core runs one thread at a time, so the service verifies signatures on its own thread.
    UV_THREADPOOL_SIZE: '1',
  }
  const nodes = [
    await startServer(environment, undefined, 0),
    await startServer(environment, undefined, 1),
  ]
  const bodies = await credentialsOf(nodes[0]!)
  const verify = ({ url, apiKey }: Server, milliseconds: number) =>
    load({ url: `${url}/credentials/verify`, apiKey, bodies, inFlight: 32, milliseconds })
  for (const node of nodes) await verify(node, 2500)
  const rates = { one: [] as number[], two: [] as number[] }
  for (let round = 0; round < 5; round++) {
    rates.one.push(await verify(nodes[round % 2]!, 1500))
    const both = await Promise.all(nodes.map((node) => verify(node, 1500)))
    rates.two.push(both[0]! + both[1]!)
  }
  await Promise.all(nodes.map((node) => node.stop()))
  await postgres.stop()
  const [one, two] = [median(rates.one), median(rates.two)]
  return [
    {
      what: 'HTTP verify by two nodes on a core each, against one',
      ratio: two / one,
      unit: '×',
      goal: 1.5,
      atLeast: true,
      detail: `${two.toFixed(0)} against ${one.toFixed(0)} a second`,
    },
  ]
}

async function credentialsOf({ url, apiKey }: Server): Promise<readonly string[]> {
  const admin = makeClient(url, { apiKey })
  const owner = await read(admin.people.$post({ json: { name: 'Owner' } }))
  const agent = await read(
    admin.agents.$post({ json: { name: 'agent', owner: owner.id, custody: 'service' } }),
  )
  const task = await read(admin.tasks.$post({ json: { purpose: 'bench' } }))
  const json = {
    task: task.id,
    audience: [agent.did!],
    grants: [
      { id: 'g1', type: 'database', locations: ['db://crm/public/customers'], actions: ['read'] },
    ],
  }
  const issued = await Promise.all(
    Array.from({ length: 500 }, () =>
      read(admin.agents[':id'].credentials.$post({ param: { id: agent.id }, json: json as never })),
    ),
  )
  return issued.map(({ credential }) => JSON.stringify({ verifiableCredential: credential }))
}
