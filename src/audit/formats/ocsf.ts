import type { JsonObject } from '../../foundation/json.ts'
import { severityOf, type ToldEvent } from './told-event.ts'

/** OCSF 1.5 classes of our events, with the activities that we use. */
const classes = {
  'Entity Management': { uid: 3004, category: 3, categoryName: 'Identity & Access Management' },
  'User Access Management': {
    uid: 3005,
    category: 3,
    categoryName: 'Identity & Access Management',
  },
  'API Activity': { uid: 6003, category: 6, categoryName: 'Application Activity' },
} as const
type ClassName = keyof typeof classes

interface Telling {
  readonly class: ClassName
  readonly activity: readonly [id: number, name: string]
}

const create = { class: 'Entity Management', activity: [1, 'Create'] } as const
const update = { class: 'Entity Management', activity: [3, 'Update'] } as const
const remove = { class: 'Entity Management', activity: [4, 'Delete'] } as const
const assign = { class: 'User Access Management', activity: [1, 'Assign Privileges'] } as const
const revoke = { class: 'User Access Management', activity: [2, 'Revoke Privileges'] } as const
const other = { class: 'API Activity', activity: [99, 'Other'] } as const

/** All other events are other API activity. */
const tellings: Readonly<Record<string, Telling>> = {
  'person.created': create,
  'system.created': create,
  'agent.registered': create,
  'issuer.created': create,
  'api-key.created': create,
  'task.created': create,
  'person.changed': update,
  'person.delegated': update,
  'agent.activated': update,
  'agent.roles-assigned': update,
  'agent.handed-over': update,
  'agent.resumed': update,
  'agent.suspended': update,
  'agent.key-rotated': update,
  'issuer.rotated': update,
  'api-key.rotated': update,
  'document.changed': update,
  'policy.changed': update,
  'person.left': remove,
  'person.erased': remove,
  'agent.retired': remove,
  'issuer.retired': remove,
  'api-key.revoked': remove,
  'task.ended': remove,
  'credential.issued': assign,
  'credential.resumed': assign,
  'delegation.prepared': assign,
  'request.granted': assign,
  'break-glass.used': assign,
  'credential.revoked': revoke,
  'credential.suspended': revoke,
  'credential.message-set': update,
}

const severityNames = ['', 'Informational', 'Low', 'Medium', 'High', 'Critical']

/**
 * One event as a record of the Open Cybersecurity Schema Framework.
 *
 * @see https://schema.ocsf.io/1.5.0/
 */
export function toOcsf(told: ToldEvent, version: string): JsonObject {
  const { sequence, event } = told
  const { class: className, activity } = tellings[event?.type ?? ''] ?? other
  const { uid, category, categoryName } = classes[className]
  const [activityId, activityName] = activity
  const severity = severityOf(told)
  const denied = event?.facts.decision === 'deny'
  return {
    activity_id: activityId,
    activity_name: activityName,
    category_uid: category,
    category_name: categoryName,
    class_uid: uid,
    class_name: className,
    type_uid: uid * 100 + activityId,
    type_name: `${className}: ${activityName}`,
    severity_id: severity,
    severity: severityNames[severity]!,
    time: event ? Date.parse(event.at) : 0,
    message: event?.type ?? 'erased',
    metadata: {
      version: '1.5.0',
      product: { name: 'Procura', vendor_name: 'Procura', version },
      sequence,
      log_name: 'audit',
      ...(event ? { uid: event.id, event_code: event.type } : {}),
    },
    ...(event
      ? {
          actor: { user: { uid: event.actor, type: event.actor.split(':')[0]! } },
          src_endpoint: event.origin?.address ? { ip: event.origin.address } : { name: 'service' },
          ...(className === 'API Activity'
            ? { api: { operation: event.type, ...requestOf(event) } }
            : {}),
          ...(className === 'Entity Management'
            ? { entity: { type: event.type.split('.')[0]!, ...uidOf(event.facts) } }
            : {}),
          ...(className === 'User Access Management'
            ? { user: uidOf(event.facts), privileges: [String(event.facts.type ?? event.type)] }
            : {}),
          ...(event.type === 'decision.made'
            ? {
                action_id: denied ? 2 : 1,
                action: denied ? 'Denied' : 'Allowed',
                status_id: denied ? 2 : 1,
                ...(denied ? { status_detail: String(event.facts.reason) } : {}),
              }
            : {}),
          unmapped: event.facts,
        }
      : {}),
  }
}

const requestOf = ({ origin }: NonNullable<ToldEvent['event']>): JsonObject =>
  origin ? { request: { uid: origin.request } } : {}

/** What an event is about: the first of these that it names. */
const subjects = ['agent', 'person', 'system', 'apiKey', 'issuer', 'task', 'credential', 'name']

function uidOf(facts: JsonObject): JsonObject {
  const subject = subjects.find((name) => typeof facts[name] === 'string')
  return subject ? { uid: facts[subject]! } : {}
}
