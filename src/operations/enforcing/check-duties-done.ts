import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import { closenessLasts } from '../../directory/hand-over.ts'
import { utf8 } from '../../foundation/encoding.ts'
import type { Id } from '../../foundation/id.ts'
import type { JsonObject, JsonValue } from '../../foundation/json.ts'
import { type Refusal, refuse } from '../../foundation/refusal.ts'
import { cite, type InForce } from '../../governance/document.ts'
import {
  actMemory,
  isTransaction,
  otherSide,
  type SideIndex,
  sidesOfAct,
  sidesOfRoles,
} from '../../governance/separation-rule.ts'
import { readPointer, valueAt } from '../../permission/json-pointer.ts'
import type { Ruled, Separated } from '../../permission/local-rules.ts'
import { type Party, partiesBehind, partyOf } from './check-duties-held.ts'

type Needs = Pick<Deps, 'clock' | 'people' | 'agents' | 'governance' | 'duties'> & {
  readonly crypto: Pick<Deps['crypto'], 'sha256'>
}

/**
 * Enforces separation of duties when someone acts: no agent in the chain, and no person who answers
 * for one, may have or have performed the other duty. The duty performed now is recorded with the
 * decision.
 */
export async function separateAct(
  needs: Needs,
  { chain, grant, situation: { invocation } }: Ruled,
  rules: readonly InForce<'separation-rule'>[],
): Promise<Separated | Refusal> {
  const writes = []
  const now = needs.clock()
  for (const rule of rules) {
    const { body, name } = rule
    const done = sidesOfAct(body, grant.type, invocation.action, invocation.resource)
    if (done.length === 0) continue
    const parties = await partiesOf(needs, rule, chain.subjects)
    const keys = parties.map(({ key }) => key)
    const transactionKey =
      body.transaction === undefined
        ? undefined
        : await keyOfTransaction(needs, rule, invocation.args ?? {})
    if (transactionKey === null)
      return refuse(
        'separation_of_duties',
        `${cite(rule)}: the request names no transaction in normal form`,
      )
    for (const side of done) {
      const other = otherSide(side)
      const isOn = done.includes(other) || (await hasOther(other))
      if (isOn)
        return refuse(
          'separation_of_duties',
          `${cite(rule)}: a party with duty “${body.sides[other].name}” must not perform “${body.sides[side].name}”`,
        )
      writes.push(...parties.flatMap(({ guards }) => guards))
      for (const party of keys)
        if (transactionKey)
          writes.push(
            needs.duties.do({
              rule: name,
              transactionKey,
              party,
              side,
              expiresAt: now + actMemory,
            }),
          )
        else
          writes.push(
            ...needs.duties.take(
              {
                rule: cite(rule),
                party,
                side,
                issuer: signerOf(chain),
                credentialId: chain.credential,
                validUntil: chain.validUntil,
              },
              now,
            ),
          )
    }
    function hasOther(other: SideIndex): Promise<boolean> | boolean {
      if (transactionKey) return needs.duties.isDone(name, keys, other, transactionKey)
      return (
        parties.some(({ roles }) => sidesOfRoles(body, roles).includes(other)) ||
        needs.duties.isHeld(cite(rule), keys, other, now)
      )
    }
  }
  return { writes }
}

/** Who gave the narrowest credential of a chain its id. */
const signerOf = ({ root, subjects }: Ruled['chain']): Did => subjects.at(-2) ?? root

/**
 * Agents of other services are parties themselves, since the people behind them are unknown here.
 * For rules on single transactions, recent owners are parties too: a hand-over between the two
 * duties does not free them of an act.
 */
async function partiesOf(
  needs: Needs,
  { body }: InForce<'separation-rule'>,
  subjects: readonly Did[],
): Promise<readonly Party[]> {
  const parties = new Map<string, Party>()
  for (const did of subjects) {
    const agent = await needs.agents.findByDid(did)
    const behind = agent
      ? await partiesBehind(needs, body, agent)
      : [{ key: `agent:${did}`, roles: [], guards: [] }]
    for (const party of behind) parties.set(party.key, party)
    if (!agent || body.party !== 'person' || body.transaction === undefined) continue
    for (const owner of await formerOwners(needs, agent)) {
      const former = await partyOf(needs, body, { ...agent, owner })
      parties.set(former.key, former)
    }
  }
  return [...parties.values()]
}

async function formerOwners(
  { agents, clock }: Needs,
  { id, owner }: Pick<Agent, 'id' | 'owner'>,
): Promise<readonly Id[]> {
  const answering = await agents.answering(id, clock() - closenessLasts)
  return answering
    .filter(({ capacity, person }) => capacity === 'owner' && person !== owner)
    .map(({ person }) => person)
}

/** Null if the arguments name no transaction in normal form. 42 and "42" are the same. */
async function keyOfTransaction(
  { crypto }: Needs,
  { body, name }: InForce<'separation-rule'>,
  args: JsonObject,
): Promise<Uint8Array | null> {
  const path = readPointer(body.transaction!)
  const value: JsonValue | undefined = path && valueAt(args, path)
  if (typeof value !== 'number' && !(typeof value === 'string' && isTransaction(value))) return null
  return crypto.sha256(utf8(`${name}\n${body.transaction}\n${value}`))
}
