import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../src/composition/config.ts'
import { monotonicClock } from '../src/foundation/time.ts'
import { logInFolder } from '../src/maintenance/audit-log.ts'
import { startService } from '../src/runtimes/node/service.ts'
import { type Answer, type Caller, caller } from './api.ts'
import { type Agent, type Company, found, type Person, roles } from './company.ts'
import { type Shortcut, tryOwnReview, tryShortcuts } from './shortcuts.ts'

export interface SimulationOptions {
  readonly agents: number
  readonly weeks: number
  readonly seed: number
  readonly onProgress: (line: string) => void
}

/** The outcome of a quarter. */
export interface Outcome {
  readonly counts: Readonly<Record<string, number>>
  readonly shortcuts: readonly Shortcut[]
  readonly posture: { readonly isClean: boolean } & Readonly<Record<string, unknown>>
  readonly retirements: { readonly reported: number; readonly clean: number }
  /** Live permissions, and how many of them rest on neither a request nor a delegation. */
  readonly live: { readonly permissions: number; readonly withoutReason: number }
  readonly log: { readonly sound: boolean; readonly events: number }
}

/** Its caller with administrator rights. */
export interface Quarter {
  readonly company: Company
  readonly beyond: readonly {
    readonly id: string
    readonly type: string
    readonly locations: readonly string[]
    readonly actions: readonly string[]
  }[]
  advance(milliseconds: number): Promise<void>
  until(what: string, holds: () => Promise<boolean>): Promise<void>
  ask(agent: Agent, more?: object, as?: Person): Promise<any>
  elevate(agent: Agent, as: Person): Promise<any>
  issue(agent: Agent, audience: string, grants: unknown): Promise<Answer>
  callerOf(agent: Agent): Promise<Caller>
}

const day = 86_400_000

/**
 * Plays weeks of an organization against a service of its own, over HTTP, in simulated time: the
 * clock follows the story, and background jobs of the service are awaited.
 */
export async function simulateOrganization(options: SimulationOptions): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'procura-sim-'))
  let offset = 0
  const service = await startService(
    readConfig({
      PROCURA_DATA: folder,
      PROCURA_PORT: '0',
      PROCURA_LOG: 'silent',
      PROCURA_RATE_PER_SECOND: '10000000',
      PROCURA_RATE_BURST: '10000000',
      PROCURA_UNUSED_SUSPEND_DAYS: '30',
      PROCURA_UNUSED_RETIRE_DAYS: '30',
    }),
    {
      clock: () => Date.now() + offset,
      monotonic: monotonicClock(() => performance.now() + offset),
      writer: { write: () => undefined, flush: () => undefined },
    },
  )
  let isStopped = false
  const stop = async () => {
    if (!isStopped) await service.stop()
    isStopped = true
  }
  try {
    return await play(
      { url: service.url, token: service.adminToken!, folder },
      (milliseconds) => {
        offset += milliseconds
      },
      options,
      stop,
    )
  } finally {
    await stop()
    if (existsSync(folder)) rmSync(folder, { recursive: true })
  }
}

async function play(
  { url, token, folder }: { readonly url: string; readonly token: string; readonly folder: string },
  advanceClock: (milliseconds: number) => void,
  { agents: size, weeks, seed, onProgress }: SimulationOptions,
  stop: () => Promise<void>,
): Promise<Outcome> {
  let adminToken = token
  const admin = caller(url, 'administrator', () => adminToken)
  const random = generator(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const counts: Record<string, number> = {}
  const count = (what: string, by = 1) => {
    counts[what] = (counts[what] ?? 0) + by
  }
  const renewAdmin = async () => {
    const [key] = (await admin.must('GET', '/api-keys?limit=1')).items
    const body = { lifetimeSeconds: 183 * 86_400 }
    adminToken = (await admin.must('POST', `/api-keys/${key.id}/rotate`, body)).token
  }
  await renewAdmin()
  const company = await found(admin, url, size)
  const callers = new Map<string, Caller>()
  const quarter: Quarter = {
    company,
    beyond: [
      { id: 'x', type: 'database', locations: ['db://crm/public/customers'], actions: ['delete'] },
    ],
    async advance(milliseconds) {
      advanceClock(milliseconds)
    },
    async until(what, holds) {
      const end = Date.now() + 60_000
      while (!(await holds())) {
        if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async ask(agent, more = {}, as = agent.owner) {
      const { purpose } = roles[agent.role]
      const host = company.doors[agent.role].did
      const task = await admin.must('POST', '/tasks', { purpose, host, agents: [agent.id] })
      const body = { agent: agent.id, task: task.id, reason: purpose, ...more }
      return { ...(await as.must('POST', '/requests', body)), task: task.id }
    },
    elevate: (agent, as) =>
      quarter.ask(
        agent,
        {
          kind: 'elevation',
          reason: 'a customer asked to be forgotten',
          grants: quarter.beyond,
          audience: [company.doors[agent.role].did],
          lifetimeSeconds: 3600,
        },
        as,
      ),
    async issue(agent, audience, grants) {
      const task = await admin.must('POST', '/tasks', { purpose: roles[agent.role].purpose })
      const body = { task: task.id, audience: [audience], grants }
      return admin.call('POST', `/agents/${agent.id}/credentials`, body)
    },
    async callerOf(agent) {
      const known = callers.get(agent.id)
      if (known) return known
      const { token } = await admin.must('POST', '/api-keys', {
        name: 'simulation',
        holder: { kind: 'agent', id: agent.id },
        scopes: ['verifier'],
        lifetimeSeconds: 183 * 86_400,
      })
      const made = caller(url, agent.id, () => token)
      callers.set(agent.id, made)
      return made
    },
  }

  /** A task from beginning to end: requested, granted, used, ended. */
  const work = async (agent: Agent, isOver = true) => {
    const asked = await quarter.ask(agent)
    count(`requests ${asked.state}`)
    if (asked.state !== 'granted') return
    for (const [action, resource] of roles[agent.role].acts) {
      const decision = await act(agent, asked.credentialId, action, resource)
      count(decision === 'allow' ? 'decisions allowed' : `decisions denied: ${decision}`)
    }
    if (!isOver) return count('tasks under way')
    await admin.must('POST', `/tasks/${asked.task}/end`, {})
    count('tasks ended')
  }
  const act = async (agent: Agent, credential: string, action: string, resource: string) => {
    const door = company.doors[agent.role]
    const { challenge } = await door.must('POST', '/challenges', { audience: door.did })
    const { verifiablePresentation } = await agent.owner.must(
      'POST',
      `/agents/${agent.id}/presentations`,
      { credentials: [credential], challenge, domain: door.did },
    )
    const answer = await door.must('POST', '/decisions', {
      presentation: verifiablePresentation,
      action,
      resource,
      purpose: roles[agent.role].purpose,
    })
    return answer.decision === 'allow' ? 'allow' : (answer.reason as string)
  }
  const living = () => company.agents.filter(({ state }) => state === 'active')
  const everyone = async (each: (agent: Agent) => Promise<void>) => {
    const waiting = [...living()]
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let agent = waiting.pop(); agent; agent = waiting.pop()) await each(agent)
      }),
    )
  }
  const tell = (week: number, what: string) =>
    onProgress(`week ${String(week).padStart(2)}/${weeks}: ${what}`)

  // Onboarding: the agents of one owner have only one duty of payments.
  const { people } = company
  for (let i = 0; i < size; i++) {
    const at = i % people.length
    const owner = people[at]!
    const offered =
      at % 4 === 0
        ? (['payer', 'analyst'] as const)
        : at % 4 === 1
          ? (['treasurer', 'clerk'] as const)
          : (['analyst', 'clerk'] as const)
    const hasDeputy = i % 3 !== 2
    await company.register(
      owner,
      hasDeputy ? people[(at + 4) % people.length] : undefined,
      offered[Math.floor(i / people.length) % 2]!,
    )
  }
  count('agents registered', size)
  tell(0, `${size} agents of ${people.length} people registered`)

  const retirements = { reported: 0, clean: 0 }
  const retire = async (agent: Agent) => {
    await admin.must('POST', `/agents/${agent.id}/retire`, { reason: 'no longer needed' })
    agent.state = 'gone'
    const { isClean } = await admin.must('GET', `/agents/${agent.id}/retirement`)
    retirements.reported++
    if (isClean) retirements.clean++
    count('agents retired')
  }
  let shortcuts: readonly Shortcut[] = []
  let campaign: { readonly id: string } | undefined
  const at = (part: number) => Math.max(1, Math.round(part * weeks))
  for (let week = 1; week <= weeks; week++) {
    await everyone((agent) => work(agent))
    const told: string[] = []
    if (week === at(0.15)) {
      for (const agent of living()
        .filter(({ role }) => role === 'analyst')
        .slice(0, 3)) {
        await playElevation(quarter, agent, act, count)
      }
      told.push('elevations asked for, approved by four people each, used and reviewed')
    }
    if (week === at(0.25)) {
      shortcuts = await tryShortcuts(quarter)
      told.push(`${shortcuts.length} forbidden ways tried`)
    }
    if (week === at(0.4)) {
      const leavers = people.filter((_, i) => i % 8 === 7).slice(0, 3)
      for (const leaver of leavers) await playLeaver(quarter, leaver, pick, count)
      told.push(`${leavers.length} people left`)
    }
    if (week === at(0.5)) {
      await playEmergency(quarter, living().find(({ role }) => role === 'analyst')!, act, count)
      told.push('an emergency')
    }
    if (week === at(0.6)) {
      for (const agent of living().filter((_, i) => i % 10 === 9)) await retire(agent)
      told.push(`${retirements.reported} agents retired`)
    }
    if (week === at(0.75)) {
      await countAll(quarter)
      campaign = await admin.must('POST', '/reviews', {
        name: 'quarterly review',
        reviewers: { roles: ['reviewer'] },
        onDeadline: 'narrow',
        dueSeconds: 7 * 86_400,
      })
      shortcuts = [...shortcuts, ...(await tryOwnReview(quarter, campaign!.id))]
      const decided = await playReview(quarter, campaign!.id, count)
      told.push(
        `a review of what agents may have: ${decided} items decided, the rest left to the deadline`,
      )
    }
    await quarter.advance(7 * day)
    if (campaign && week === at(0.75)) {
      const { id } = campaign
      await quarter.until('the review to end', async () => {
        const { state } = await admin.must('GET', `/reviews/${id}`)
        return state === 'closed'
      })
    }
    tell(
      week,
      [`${counts['tasks ended']} tasks, ${counts['decisions allowed']} decisions`, ...told].join(
        '; ',
      ),
    )
  }
  // Some tasks are still in progress on the last day.
  await everyone((agent) => work(agent, company.agents.indexOf(agent) % 4 > 0))
  await countAll(quarter)
  return assess({ admin, folder, stop }, { counts, shortcuts, retirements })
}

async function playElevation(
  { company, elevate }: Quarter,
  agent: Agent,
  act: (agent: Agent, credential: string, action: string, resource: string) => Promise<string>,
  count: (what: string) => void,
): Promise<void> {
  const asked = await elevate(agent, agent.owner)
  const [operations] = company.operations
  const [first, second, third] = company.security
  const [compliance] = company.compliance
  let request = asked
  for (const approver of [operations, first, second, compliance])
    request = await approver!.must('POST', `/requests/${asked.id}/approve`, {
      digest: asked.digest,
    })
  const met = await act(agent, request.credentialId, 'delete', 'db://crm/public/customers')
  count(met === 'allow' ? 'elevations used' : `elevations denied: ${met}`)
  await company.admin.must('POST', `/tasks/${asked.task}/end`, {})
  const gone = await act(agent, request.credentialId, 'delete', 'db://crm/public/customers')
  count(gone === 'revoked' ? 'elevations over with their task' : `elevations after: ${gone}`)
  await third!.must('POST', `/requests/${asked.id}/review`, { finding: 'justified' })
}

/** Waits until all use is counted. */
const countAll = ({ company, until }: Quarter): Promise<void> =>
  until('use to be counted', async () => {
    const { at, usageCountedUntil } = await company.admin.must('GET', '/posture')
    return usageCountedUntil >= at
  })

async function playLeaver(
  { company }: Quarter,
  leaver: Person,
  pick: <T>(list: readonly T[]) => T,
  count: (what: string, by?: number) => void,
): Promise<void> {
  const { admin } = company
  const left = await admin.must('POST', `/people/${leaver.id}/leave`, {})
  leaver.isHere = false
  count('people left')
  count('agents handed over to deputies', left.handedOver.length)
  count('agents suspended for want of an owner', left.suspended.length)
  for (const agent of company.agents) {
    if (agent.state !== 'active') continue
    if (left.handedOver.includes(agent.id)) {
      agent.owner = agent.deputy!
      agent.deputy = undefined
    }
    if (agent.deputy === leaver) agent.deputy = undefined
    if (!left.suspended.includes(agent.id)) continue
    // For payments, the new owner has the same duty.
    const heirs = company.people.filter(
      (person, i) => person.isHere && i % 4 === company.people.indexOf(leaver) % 4,
    )
    agent.owner = pick(heirs)
    await admin.must('POST', `/agents/${agent.id}/hand-over`, { owner: agent.owner.id })
    await admin.must('POST', `/agents/${agent.id}/resume`, {})
    count('agents resumed under a new owner')
  }
}

async function playEmergency(
  { company, ask, beyond }: Quarter,
  agent: Agent,
  act: (agent: Agent, credential: string, action: string, resource: string) => Promise<string>,
  count: (what: string) => void,
): Promise<void> {
  const [one, two] = company.emergency
  const asked = await ask(
    agent,
    {
      kind: 'break-glass',
      reason: 'the ledger writes double entries',
      grants: beyond,
      audience: [company.doors.analyst.did],
    },
    one,
  )
  const granted = await two!.must('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })
  const met = await act(agent, granted.credentialId, 'delete', 'db://crm/public/customers')
  count(met === 'allow' ? 'emergencies' : `emergencies denied: ${met}`)
  await company.security[0]!.must('POST', `/requests/${asked.id}/review`, { finding: 'justified' })
}

/** Most items are decided by use; every seventh is left to the deadline. */
async function playReview(
  { company }: Quarter,
  id: string,
  count: (what: string) => void,
): Promise<number> {
  let decided = 0
  for (let after = ''; ; ) {
    const page = await company.reviewers[0]!.must(
      'GET',
      `/reviews/${id}/items?limit=100${after && `&after=${after}`}`,
    )
    for (const [i, { id: item }] of page.items.entries()) {
      if (i % 7 === 6) continue
      const reviewer = company.reviewers[i % company.reviewers.length]!
      const { dossier } = await reviewer.must('GET', `/reviews/${id}/items/${item}`)
      const { granted, used } = dossier.evidence
      const outcome = used === 0 ? 'revoke' : used < granted ? 'narrow' : 'certify'
      await reviewer.must('POST', `/reviews/${id}/items/${item}`, { outcome })
      count(`review: ${outcome}`)
      decided++
    }
    if (page.next === null) return decided
    after = page.next
  }
}

async function assess(
  {
    admin,
    folder,
    stop,
  }: { readonly admin: Caller; readonly folder: string; readonly stop: () => Promise<void> },
  played: Pick<Outcome, 'counts' | 'shortcuts' | 'retirements'>,
): Promise<Outcome> {
  let posture: Outcome['posture']
  for (let attempt = 0; ; attempt++) {
    posture = await admin.must('GET', '/posture')
    if (posture.isClean || attempt === 20) break
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  let [permissions, withoutReason] = [0, 0]
  for (let after = ''; ; ) {
    const page = await admin.must(
      'GET',
      `/credentials?state=active&limit=500${after && `&after=${after}`}`,
    )
    for (const { basis } of page.items) {
      permissions++
      if (!/^(request|delegation):/.test(basis)) withoutReason++
    }
    if (page.next === null) break
    after = page.next
  }
  const { checkpoint, verifierKey } = await admin.must('GET', '/audit/checkpoint')
  await stop()
  const verdict = await logInFolder(folder).verify([checkpoint], verifierKey)
  return {
    ...played,
    posture,
    live: { permissions, withoutReason },
    log: { sound: verdict.sound, events: verdict.sound ? verdict.size : 0 },
  }
}

/** The same numbers for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What must hold at the end of a quarter; empty if everything does. */
export const flawsOf = ({
  shortcuts,
  posture,
  retirements,
  live,
  log,
}: Outcome): readonly string[] => [
  ...shortcuts
    .filter(({ expected, met }) => expected !== met)
    .map(({ tried, expected, met }) => `${tried}: ${met}, not ${expected}`),
  ...(shortcuts.length === 0 ? ['no forbidden way was tried'] : []),
  ...(posture.isClean ? [] : [`the posture is not clean: ${JSON.stringify(posture)}`]),
  ...(retirements.reported > 0 && retirements.clean === retirements.reported
    ? []
    : ['a retirement left something behind']),
  ...(live.withoutReason === 0 ? [] : [`${live.withoutReason} permissions live without a reason`]),
  ...(log.sound ? [] : ['the log is not sound']),
]
