import type { Json } from './wire.ts'

/** What a rogue researcher writes into the permission that it signs for the writer. */
export interface Attempt {
  /** The axis of permission-model.md, 3, that it widens. */
  readonly axis: string
  readonly reason: string
  /** Who presents it: by default its subject. */
  readonly presenter?: 'researcher' | 'stranger'
  readonly change: (
    document: Json,
    others: { readonly archive: string; readonly stranger: string },
  ) => void
}

const permission = (document: Json) => document.credentialSubject.permission
const grant = (document: Json) => permission(document).grants[0]

/** At least one for each axis of the table. */
export const attempts: readonly Attempt[] = [
  {
    axis: 'signer',
    reason: 'signer_mismatch',
    change: (d, { stranger }) => {
      d.issuer = stranger
    },
  },
  {
    axis: 'link',
    reason: 'parent_missing',
    change: (d) => {
      permission(d).parent.digest = `sha-256:${'0'.repeat(64)}`
    },
  },
  {
    axis: 'principal',
    reason: 'principal_changed',
    change: (d, { stranger }) => {
      permission(d).principal = { id: stranger }
    },
  },
  {
    axis: 'task',
    reason: 'task_changed',
    change: (d) => {
      permission(d).task.purpose = 'payroll'
    },
  },
  {
    axis: 'audience',
    reason: 'audience_widened',
    change: (d, { archive, stranger }) => {
      permission(d).audience = [archive, stranger]
    },
  },
  {
    axis: 'grants: origin',
    reason: 'grant_unfounded',
    change: (d) => {
      grant(d).from = 'everything'
    },
  },
  {
    axis: 'grants: type',
    reason: 'grant_type_changed',
    change: (d) => {
      Object.assign(grant(d), {
        type: 'http-api',
        locations: ['https://archive.acme.example/'],
        actions: ['update'],
      })
    },
  },
  {
    axis: 'grants: locations',
    reason: 'locations_widened',
    change: (d) => {
      grant(d).locations = ['db://archive/']
    },
  },
  {
    axis: 'grants: actions',
    reason: 'actions_widened',
    change: (d) => {
      grant(d).actions = ['update', 'ddl']
    },
  },
  {
    axis: 'grants: datatypes',
    reason: 'datatypes_widened',
    change: (d) => {
      delete grant(d).datatypes
    },
  },
  {
    axis: 'constraints: dropped',
    reason: 'constraint_dropped',
    change: (d) => {
      grant(d).constraints = []
    },
  },
  {
    axis: 'constraints: loosened',
    reason: 'constraint_widened',
    change: (d) => {
      grant(d).constraints = [{ type: 'risk', max: 100 }]
    },
  },
  {
    axis: 'time',
    reason: 'time_widened',
    change: (d) => {
      d.validUntil = '2099-01-01T00:00:00Z'
    },
  },
  {
    axis: 'delegation: depth',
    reason: 'delegation_too_deep',
    change: (d) => {
      permission(d).delegation = { remainingDepth: 7 }
    },
  },
  {
    axis: 'delegation: subject',
    reason: 'subject_not_allowed',
    presenter: 'stranger',
    change: (d, { stranger }) => {
      d.credentialSubject.id = stranger
    },
  },
  {
    axis: 'nonDelegable',
    reason: 'action_not_delegable',
    change: (d) => {
      grant(d).actions = ['update', 'delete']
    },
  },
  {
    axis: 'status',
    reason: 'status_not_of_root',
    change: (d) => {
      d.credentialStatus = {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: '1',
        statusListCredential: 'https://status.rogue.example/1',
      }
    },
  },
  {
    axis: 'status: none, for an hour',
    reason: 'status_missing',
    change: (d) => {
      d.validUntil = new Date(Date.parse(d.validFrom) + 1_800_000).toISOString()
    },
  },
  {
    axis: 'subject',
    reason: 'subject_repeated',
    presenter: 'researcher',
    change: (d) => {
      d.credentialSubject.id = d.issuer
    },
  },
]
