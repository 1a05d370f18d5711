import { type Attack, judge } from './attack.ts'
import { inForce, tryAsk, within } from './moves.ts'

const nested = (depth: number) =>
  `permit(principal, action, resource) when { ${'('.repeat(depth)}true${')'.repeat(depth)} };`
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
]
