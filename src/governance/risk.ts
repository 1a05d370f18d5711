import type { Agent } from '../directory/agent.ts'
import type { Grant } from '../permission/permission.ts'
import type { RequestKind } from './approval-rule.ts'

/** What the risk is assessed from. */
export interface AssessedAuthority {
  readonly agent: Pick<Agent, 'riskTier'>
  readonly kind: RequestKind
  readonly grants: readonly Grant[]
  readonly isWithinEntitlement: boolean
  readonly isDelegable: boolean
}

const levels = ['low', 'medium', 'high'] as const
type Level = (typeof levels)[number]

/** How much could go wrong, and why. People read it; no decision depends on it. */
export interface Risk {
  readonly level: Level
  readonly because: readonly string[]
}

const changes = ['insert', 'update', 'delete', 'ddl', 'post', 'put', 'patch']
const destroys = ['delete', 'ddl']

const factors: readonly {
  readonly level: Level
  readonly says: string
  readonly holds: (weighed: AssessedAuthority) => boolean
}[] = [
  {
    level: 'high',
    says: 'the agent is high-risk',
    holds: ({ agent }) => ['high', 'critical'].includes(agent.riskTier),
  },
  { level: 'high', says: 'an emergency', holds: ({ kind }) => kind === 'break-glass' },
  {
    level: 'high',
    says: 'it can destroy',
    holds: ({ grants }) =>
      grants.some(({ actions }) => actions.some((one) => destroys.includes(one))),
  },
  {
    level: 'medium',
    says: 'exceeds what its roles give',
    holds: ({ isWithinEntitlement }) => !isWithinEntitlement,
  },
  {
    level: 'medium',
    says: 'can change data',
    holds: ({ grants }) =>
      grants.some(({ actions }) => actions.some((one) => changes.includes(one))),
  },
  { level: 'medium', says: 'can be delegated', holds: ({ isDelegable }) => isDelegable },
  {
    level: 'medium',
    says: 'the agent is medium-risk',
    holds: ({ agent }) => agent.riskTier === 'medium',
  },
]

export function riskOf(weighed: AssessedAuthority): Risk {
  const present = factors.filter(({ holds }) => holds(weighed))
  const highest = Math.max(0, ...present.map(({ level }) => levels.indexOf(level)))
  return { level: levels[highest]!, because: present.map(({ says }) => says) }
}
