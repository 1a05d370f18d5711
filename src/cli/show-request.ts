import type { JsonValue } from '../foundation/json.ts'
import type { Client, read } from '../sdk/index.ts'
import { fields } from './output.ts'

type Shown = Awaited<ReturnType<typeof read<ReturnType<Client['requests'][':id']['$get']>>>>

/** A request for the eyes of an approver: what is asked, for whom, what is known of the agent, and what to type. */
export function showRequest({ dossier, terms, stages, ...request }: Shown): readonly string[] {
  const { agent, owner, task, risk, holds, used, approvals } = dossier
  const stage = stages[request.stage]
  const isOpen = request.state === 'open'
  return [
    ...fields({
      request: request.id,
      kind: request.kind,
      state: request.state,
      because: request.because,
      'asked by': request.requester,
      reason: request.reason,
      task: `${task.purpose} (${task.id}, ${task.state})`,
      agent: `${agent.name} (${agent.id})`,
      'its owner': owner.name ?? owner.id,
      'its roles': agent.roles.join(' '),
      'its segment': agent.segment,
      risk: [risk.level, ...risk.because].join(', '),
      entitlement: request.entitlement,
      rules: request.rules.join(' '),
      stage: isOpen && stage ? `${stage.name}, until ${request.stageEndsAt}` : null,
      digest: request.digest,
      edits: request.edits,
    }),
    '',
    `asks for, at ${terms.audience.join(' ')}, for ${terms.lifetimeSeconds} s:`,
    ...lines(terms.grants),
    `holds now: ${holds.length === 0 ? 'nothing' : ''}`,
    ...lines(holds.flatMap(({ grants }) => grants)),
    `used in the last 90 days: ${used.length === 0 ? 'nothing' : ''}`,
    ...lines(used),
    `approvals: ${approvals.length === 0 ? 'none' : ''}`,
    ...approvals.map(({ personId, at, comment }) => `  ${personId} at ${at} ${comment ?? ''}`),
    ...(isOpen ? ['', howToApprove(request)] : []),
  ]
}

const howToApprove = ({ id, digest, edits }: Pick<Shown, 'id' | 'digest' | 'edits'>): string =>
  `to approve exactly this: procura request approve ${id} --digest ${digest}${edits > 0 ? ` --edits ${edits}` : ''}`

const lines = (values: readonly (JsonValue | object)[]): readonly string[] =>
  values.map((value) => `  ${JSON.stringify(value)}`)
