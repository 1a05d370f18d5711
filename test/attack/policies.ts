import { readCustomers, type WorldAgent } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { inForce, tryAsk, within } from './moves.ts'
import type { Stage } from './stage.ts'

const nested = (depth: number) =>
  `permit(principal, action, resource) when { ${'('.repeat(depth)}true${')'.repeat(depth)} };`
const customer = 'https://crm.acme.example/customers/ada'

async function playSpellings(stage: Stage) {
  const target = await stage.service()
  const [agent, door] = [await target.agent(), await target.agent()]
  const { credential } = await target.permit(agent, door, {
    grants: [
      {
        id: 'g1',
        type: 'http-api',
        locations: ['https://crm.acme.example/customers/'],
        actions: ['get'],
      },
    ],
  })
  const get = (resource: string) => tryAsk(door, agent, [credential], { action: 'get', resource })
  const policy = `permit(principal, action, resource); forbid(principal, action, resource == Resource::"${customer}");`
  return inForce(target, '/policies/spelled', { policy }, async () => {
    const spellings = [
      customer.replace('crm', 'CRM').replace('example', 'example:443'),
      customer.replace('ada', '%61da'),
      customer.replace('ada', 'x/../ada'),
      `${customer}?fields=all`,
    ]
    const answers = await Promise.all(spellings.map(get))
    const [named, other] = [await get(customer), await get(customer.replace('ada', 'grace'))]
    return judge(
      { [`what is forbidden is answered ${answers}`]: answers.includes('allow') },
      {
        [`by its name it is “${named}”`]: named === 'deny: policy_forbids',
        [`another customer is “${other}”`]: other === 'allow',
      },
    )
  })
}

async function playOverlays(stage: Stage) {
  const target = await stage.service()
  const [agent, door, host] = [await target.agent(), await target.agent(), await target.agent()]
  const { credential } = await target.permit(agent, door)
  const scope = { kind: 'agent', value: agent.did } as const
  const narrow = async (of: WorldAgent, more: object = {}) => {
    const json = { scope, audience: of.did, reason: 'narrow', ...more } as never
    return (await of.client.overlays.$post({ json })).status
  }
  const large = {
    grants: [{ ...readCustomers[0]!, locations: [`db://crm/${'x'.repeat(20_000)}`] }],
  }
  const made = [await narrow(host, large)]
  for (let i = 0; i < 20; i++) made.push(await narrow(host))
  const elsewhere = await tryAsk(door, agent, [credential])
  const own = await narrow(door)
  const narrowed = await tryAsk(door, agent, [credential])
  return judge(
    {
      [`an overlay of 20 kB is answered ${made[0]}`]: made[0] === 201,
      [`after many, another one is answered ${made.at(-1)}`]: made.at(-1) === 201,
      [`for another host the agent is “${elsewhere}”`]: elsewhere !== 'allow',
    },
    {
      [`a host narrows for itself: ${own}, “${narrowed}”`]:
        own === 201 && narrowed === 'deny: overlay',
    },
  )
}

const chained = (terms: number) =>
  `forbid(principal, action, resource) when { ${Array.from({ length: terms }, (_, i) => `context.purpose == "p${i}"`).join(' || ')} };`

export const policies: readonly Attack[] = [
  {
    finding: 'H1',
    title: 'an auditor tries policies that are nested 250 deep, or have 1,500 terms in a row',
    async play(stage) {
      const target = await stage.service()
      const [agent, door] = [await target.agent(), await target.agent()]
      const { credential } = await target.permit(agent, door, {
        grants: [{ id: 'g1', type: 'database', locations: ['db://crm/'], actions: ['read'] }],
      })
      const auditor = await target.keyFor(`person:${(await target.person()).id}`, 'auditor')
      let asked = 0
      // Each time for something else: what was asked before may be remembered.
      const decide = () =>
        within(
          30_000,
          tryAsk(door, agent, [credential], { resource: `db://crm/public/table${asked++}` }),
        )
      const tried = async (policy: string) =>
        (
          await target.raw('POST', '/policies/trial', {
            token: auditor.token,
            body: { name: 'tried', policy },
          })
        ).status
      const everything = { policy: 'permit(principal, action, resource);' }
      return inForce(target, '/policies/attacked', everything, async () => {
        const before = await decide()
        const deep = await tried(nested(250))
        const afterDeep = await decide()
        const long = await tried(chained(1_500))
        const deeper = await tried(`${nested(0).replace('true', `${'!'.repeat(3_000)}true`)}`)
        const after = await decide()
        const forbid = { policy: 'forbid(principal, action, resource);' }
        const emergency = await target.raw('PUT', '/policies/emergency', { body: forbid })
        const forbidden = await decide()
        await target.raw('DELETE', '/policies/emergency')
        const modest = [await tried(nested(20)), await tried(chained(30))]
        return judge(
          {
            [`a policy nested 250 deep is answered ${deep}`]: deep >= 500,
            [`a policy of 1,500 terms is answered ${long}`]: long >= 500,
            [`a policy of 3,000 negations is answered ${deeper}`]: deeper >= 500,
            [`after the nested policy a decision is “${afterDeep}”`]: afterDeep !== 'allow',
            [`after the long policy a decision is “${after}”`]: after !== 'allow',
          },
          {
            [`before it a decision is “${before}”`]: before === 'allow',
            [`a policy can be put, answered ${emergency.status}`]: emergency.status === 200,
            [`it is in force: “${forbidden}”`]: String(forbidden).startsWith('deny: '),
            [`modest policies are tried, answered ${modest}`]: modest.every((one) => one === 200),
          },
        )
      })
    },
  },
  {
    finding: 'H1',
    title: 'what a policy forbids is asked for by another spelling',
    play: playSpellings,
  },
  {
    finding: 'H3',
    title: 'a host fills the memory of every decision with overlays for itself',
    play: playOverlays,
  },
]
