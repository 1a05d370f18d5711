import { type Caller, caller } from './api.ts'

export interface Person extends Caller {
  readonly name: string
  isHere: boolean
}

export interface Agent {
  readonly id: string
  readonly did: string
  readonly role: RoleName
  owner: Person
  deputy: Person | undefined
  state: 'active' | 'gone'
}

export interface Company {
  readonly admin: Caller
  readonly people: readonly Person[]
  readonly operations: readonly Person[]
  readonly security: readonly Person[]
  readonly compliance: readonly Person[]
  readonly reviewers: readonly Person[]
  readonly emergency: readonly Person[]
  /** The audiences: each is an agent with its own key. */
  readonly doors: Readonly<Record<RoleName, Caller & { readonly did: string }>>
  readonly agents: Agent[]
  hire(
    name: string,
    roles: readonly string[],
    more?: object,
    scopes?: readonly string[],
  ): Promise<Person>
  register(owner: Person, deputy: Person | undefined, role: RoleName, more?: object): Promise<Agent>
}

/** The purpose of agents of a role, and the part of their permissions that they really use. */
export const roles = {
  analyst: {
    purpose: 'monthly-report',
    segment: 'sales',
    grants: [
      {
        id: 'customers',
        type: 'database',
        locations: ['db://crm/public/'],
        actions: ['insert', 'read', 'update'],
      },
    ],
    acts: [['read', 'db://crm/public/customers']],
  },
  clerk: {
    purpose: 'order-intake',
    segment: 'sales',
    grants: [
      {
        id: 'orders',
        type: 'database',
        locations: ['db://erp/public/orders'],
        actions: ['delete', 'insert', 'read'],
      },
    ],
    acts: [
      ['read', 'db://erp/public/orders'],
      ['insert', 'db://erp/public/orders'],
    ],
  },
  payer: {
    purpose: 'payment-run',
    segment: 'finance',
    grants: [
      {
        id: 'initiate',
        type: 'http-api',
        locations: ['https://pay.acme.example/payments'],
        actions: ['initiate'],
      },
    ],
    acts: [['initiate', 'https://pay.acme.example/payments']],
  },
  treasurer: {
    purpose: 'payment-run',
    segment: 'finance',
    grants: [
      {
        id: 'approve',
        type: 'http-api',
        locations: ['https://pay.acme.example/payments'],
        actions: ['approve'],
      },
    ],
    acts: [['approve', 'https://pay.acme.example/payments']],
  },
} as const
export type RoleName = keyof typeof roles
export const roleNames = Object.keys(roles) as readonly RoleName[]

const halfYear = 183 * 86_400

/** People, doors, and governance documents. */
export async function found(admin: Caller, url: string, size: number): Promise<Company> {
  const keyFor = async (holder: { kind: string; id: string }, scopes: readonly string[]) =>
    (
      await admin.must('POST', '/api-keys', {
        name: 'simulation',
        holder,
        scopes,
        lifetimeSeconds: halfYear,
      })
    ).token as string
  const hire: Company['hire'] = async (name, roles, more = {}, scopes = ['owner', 'approver']) => {
    const { id } = await admin.must('POST', '/people', { name, roles, ...more })
    const token = await keyFor({ kind: 'person', id }, scopes)
    return { ...caller(url, id, () => token), name, isHere: true }
  }
  const several = async (count: number, title: string, roles: readonly string[]) =>
    Promise.all(Array.from({ length: count }, (_, i) => hire(`${title} ${i + 1}`, roles)))
  const owners = await several(Math.max(8, Math.ceil(size / 8)), 'Owner', ['analyst', 'clerk'])
  const company: Omit<Company, 'doors' | 'register' | 'agents'> = {
    admin,
    people: owners,
    operations: await several(2, 'Operations', ['operations']),
    security: await several(3, 'Security', ['security']),
    compliance: await several(2, 'Compliance', ['compliance']),
    reviewers: await several(3, 'Reviewer', ['reviewer']),
    emergency: await several(2, 'On call', ['break-glass']),
    hire,
  }
  const doors: Record<string, Caller & { readonly did: string }> = {}
  for (const role of roleNames) {
    const door = await admin.must('POST', '/agents', {
      name: `door of ${role}s`,
      owner: company.operations[0]!.id,
      deputy: company.operations[1]!.id,
      custody: 'service',
      segment: roles[role].segment,
    })
    const token = await keyFor({ kind: 'agent', id: door.id }, ['verifier'])
    doors[role] = { ...caller(url, door.id, () => token), did: door.did }
    await admin.must('PUT', `/entitlements/${role}s`, {
      roles: [role],
      purposes: [roles[role].purpose],
      audience: [door.did],
      grants: roles[role].grants,
      maxLifetimeSeconds: 8 * 3600,
    })
  }
  await writeRules(admin)
  const agents: Agent[] = []
  const register: Company['register'] = async (owner, deputy, role, more = {}) => {
    const { id, did } = await admin.must('POST', '/agents', {
      name: `${role} ${agents.length + 1}`,
      owner: owner.id,
      deputy: deputy?.id ?? null,
      custody: 'service',
      roles: [role],
      segment: roles[role].segment,
      riskTier: role === 'payer' || role === 'treasurer' ? 'high' : 'medium',
      ...more,
    })
    const agent: Agent = { id, did, role, owner, deputy, state: 'active' }
    agents.push(agent)
    return agent
  }
  return { ...company, doors: doors as Company['doors'], agents, register }
}

async function writeRules(admin: Caller): Promise<void> {
  const stage = (role: string, more: object = {}) => ({
    name: role,
    approvers: { roles: [role] },
    deadlineSeconds: 2 * 86_400,
    ...more,
  })
  await admin.must('PUT', '/approval-rules/elevations', {
    when: { kinds: ['elevation'] },
    outcome: 'ask',
    stages: [stage('operations'), stage('security', { quorum: 2 }), stage('compliance')],
  })
  await admin.must('PUT', '/approval-rules/destruction', {
    when: { grants: [{ type: 'database', actions: ['ddl'] }] },
    outcome: 'refuse',
  })
  await admin.must('PUT', '/separation-rules/payments', {
    sides: [
      { name: 'initiate payments', grants: [{ type: 'http-api', actions: ['initiate'] }] },
      { name: 'approve payments', grants: [{ type: 'http-api', actions: ['approve'] }] },
    ],
  })
}
