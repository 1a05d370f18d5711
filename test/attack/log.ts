import { type Attack, judge } from './attack.ts'
import { until } from './moves.ts'
import type { Stage } from './stage.ts'

/** Somebody quotes the id of a person who is going to be erased, so that an event of others goes too. */
async function playQuoted(stage: Stage) {
  const target = await stage.start()
  const { raw } = target
  const [leaver, agent] = [await target.person('Leaver'), await target.agent()]
  await raw('POST', `/agents/${agent.id}/suspend`, { body: { reason: `see ${leaver.id}` } })
  await raw('POST', `/people/${leaver.id}/leave`, { body: {} })
  const erased = await raw('POST', `/people/${leaver.id}/erase`, { body: {} })
  const logged = async () => (await raw('GET', '/audit?limit=1000')).json.events as any[]
  const isKept = (events: any[], type: string, name: string, id: string) =>
    events.some(({ event }) => event?.type === type && event.facts[name] === id)
  const stays = async () => isKept(await logged(), 'person.created', 'person', leaver.id)
  const wasThere = await until(true, 5_000, stays)
  const remains = await until(false, 20_000, stays)
  const events = await logged()
  return judge(
    {
      'a suspension is erased from the log because its reason mentions somebody who left': !isKept(
        events,
        'agent.suspended',
        'agent',
        agent.id,
      ),
    },
    { [`what is about the leaver is erased: ${erased.status}`]: wasThere && !remains },
  )
}

async function playStreams(stage: Stage) {
  const { raw } = await stage.service()
  const move = (name: string) =>
    raw('POST', `/audit/streams/${name}`, { body: { from: 0, next: 1 } })
  const names = Array.from({ length: 40 }, (_, i) => `name-${i}`)
  const statuses: number[] = []
  for (const name of names) statuses.push((await move(name)).status)
  const made = statuses.filter((status) => status === 200).length
  for (const name of names) await raw('DELETE', `/audit/streams/${name}`)
  const honest = await move('siem')
  await raw('DELETE', '/audit/streams/siem')
  return judge(
    { [`a caller has ${made} streams of the log`]: made > 16 },
    { [`one of them is moved: ${honest.status}`]: honest.status === 200 && made > 0 },
  )
}

async function playPages(stage: Stage) {
  const target = await stage.start()
  const policy = `// ${'x'.repeat(90_000)}\npermit(principal, action, resource);`
  for (let i = 0; i < 25; i++) await target.raw('PUT', '/policies/long', { body: { policy } })
  const { json } = await target.raw('GET', '/policies?limit=500')
  const bytes = JSON.stringify(json).length
  const rest = await target.raw('GET', `/policies?limit=500&after=${json.next}`)
  return judge(
    { [`one page of large rows has ${bytes} bytes`]: bytes > 1_100_000 },
    {
      [`the next page goes on: ${rest.json.items?.[0]?.version}`]:
        rest.json.items?.[0]?.version === json.items.length + 1,
    },
  )
}

export const log: readonly Attack[] = [
  {
    finding: '2.16',
    title: 'an event of others is erased because its text mentions a person who is erased',
    isLarge: true,
    play: playQuoted,
  },
  {
    finding: '2.17',
    title: 'an answer is made as large as hundreds of the largest rows',
    isLarge: true,
    play: playPages,
  },
  {
    finding: '2.28',
    title: 'a caller leaves rows behind by following the log under ever new names',
    play: playStreams,
  },
]
