import type { EventType } from './event.ts'

/** Evidence, by the events that provide it. */
export const evidenceSections = {
  identities: [
    'person.created',
    'person.changed',
    'person.linked',
    'system.created',
    'agent.registered',
    'agent.activated',
    'agent.hand-over-offered',
    'agent.hand-over-declined',
    'agent.hand-over-withdrawn',
    'agent.handed-over',
    'agent.roles-assigned',
  ],
  leavers: ['person.left', 'agent.suspended', 'agent.resumed', 'agent.retired'],
  keys: [
    'api-key.created',
    'api-key.rotated',
    'api-key.revoked',
    'agent.key-rotated',
    'issuer.created',
    'issuer.rotated',
    'issuer.retired',
    'issuer.trusted',
    'issuer.distrusted',
    'service.keys-resealed',
  ],
  requests: [
    'request.made',
    'request.edited',
    'request.approved',
    'request.granted',
    'request.refused',
    'request.expired',
    'request.withdrawn',
    'request.escalated',
    'approval.refused',
    'person.delegated',
  ],
  privileged: ['break-glass.used', 'request.reviewed'],
  permissions: [
    'credential.issued',
    'credential.suspended',
    'credential.resumed',
    'credential.revoked',
    'credential.message-set',
    'delegation.prepared',
    'task.created',
    'task.ended',
  ],
  decisions: ['decision.made'],
  reviews: ['review.started', 'review.decided', 'review.ended'],
  rules: ['document.changed', 'policy.changed', 'overlay.created', 'overlay.ended'],
  incidents: [
    'segment.closed',
    'segment.reopening-proposed',
    'segment.reopened',
    'break-glass.used',
    'service.restored',
    'service.administrator-added',
  ],
  erasures: ['person.erased'],
} as const satisfies Readonly<Record<string, readonly EventType[]>>
export type EvidenceSection = keyof typeof evidenceSections

/** One requirement of a framework, and the evidence that it is met. */
export interface Control {
  readonly id: string
  readonly title: string
  readonly evidence: readonly EvidenceSection[]
  /** Documents besides the events: what is in force, and the posture at the time of the report. */
  readonly also?: readonly ('documents' | 'posture')[]
}

/** Titles are in our own words; the frameworks' texts are copyrighted. */
export const frameworks: Readonly<
  Record<string, { readonly name: string; readonly controls: readonly Control[] }>
> = {
  soc2: {
    name: 'SOC 2, Trust Services Criteria (2017)',
    controls: [
      {
        id: 'CC6.1',
        title: 'Access to protected assets is restricted',
        evidence: ['permissions', 'decisions', 'keys'],
        also: ['documents'],
      },
      {
        id: 'CC6.2',
        title: 'Access is registered and authorized before it is given, and removed afterwards',
        evidence: ['identities', 'leavers', 'keys'],
      },
      {
        id: 'CC6.3',
        title: 'Access follows roles, least privilege and separation of duties',
        evidence: ['requests', 'reviews', 'permissions'],
        also: ['documents', 'posture'],
      },
      {
        id: 'CC6.6',
        title: 'Boundaries are protected',
        evidence: ['incidents', 'decisions'],
        also: ['documents'],
      },
      {
        id: 'CC7.2',
        title: 'Anomalies are monitored',
        evidence: ['decisions', 'requests'],
        also: ['posture'],
      },
      { id: 'CC7.4', title: 'Incidents are handled', evidence: ['incidents', 'privileged'] },
      { id: 'CC8.1', title: 'Changes are authorized and recorded', evidence: ['rules'] },
    ],
  },
  iso27001: {
    name: 'ISO/IEC 27001:2022, Annex A',
    controls: [
      {
        id: 'A.5.3',
        title: 'Duties are segregated',
        evidence: ['requests', 'permissions'],
        also: ['documents', 'posture'],
      },
      {
        id: 'A.5.15',
        title: 'Access rules are established',
        evidence: ['rules'],
        also: ['documents'],
      },
      {
        id: 'A.5.16',
        title: 'The identity lifecycle is managed',
        evidence: ['identities', 'leavers'],
      },
      { id: 'A.5.17', title: 'Authentication information is managed', evidence: ['keys'] },
      {
        id: 'A.5.18',
        title: 'Access rights are given, reviewed and removed',
        evidence: ['requests', 'permissions', 'reviews', 'leavers'],
        also: ['posture'],
      },
      { id: 'A.6.5', title: 'Leaving ends all access', evidence: ['leavers'] },
      {
        id: 'A.8.2',
        title: 'Privileged access is restricted',
        evidence: ['privileged', 'requests', 'reviews'],
      },
      {
        id: 'A.8.3',
        title: 'Access to information is restricted',
        evidence: ['decisions', 'permissions'],
      },
      {
        id: 'A.8.15',
        title: 'Activities are logged, and logs protected',
        evidence: ['decisions', 'rules', 'incidents'],
      },
      {
        id: 'A.8.22',
        title: 'Groups of services are segregated',
        evidence: ['incidents'],
        also: ['documents'],
      },
    ],
  },
  hipaa: {
    name: 'HIPAA Security Rule, 45 CFR 164',
    controls: [
      {
        id: '164.308(a)(1)(ii)(D)',
        title: 'Activity is reviewed',
        evidence: ['decisions', 'reviews'],
        also: ['posture'],
      },
      {
        id: '164.308(a)(3)',
        title: 'Workforce access is authorized, supervised and terminated',
        evidence: ['identities', 'leavers', 'requests'],
      },
      {
        id: '164.308(a)(4)',
        title: 'Access is authorized, established and modified',
        evidence: ['requests', 'permissions', 'rules'],
        also: ['documents'],
      },
      { id: '164.308(a)(6)', title: 'Incidents are handled', evidence: ['incidents'] },
      {
        id: '164.312(a)(1)',
        title: 'Only authorized people and programs have access',
        evidence: ['permissions', 'decisions'],
      },
      {
        id: '164.312(a)(2)(ii)',
        title: 'There is a procedure for emergencies',
        evidence: ['privileged'],
      },
      {
        id: '164.312(b)',
        title: 'Activity is recorded and can be examined',
        evidence: ['decisions', 'permissions', 'rules'],
      },
      {
        id: '164.312(d)',
        title: 'The identity of those who seek access is verified',
        evidence: ['identities', 'keys'],
      },
    ],
  },
  gdpr: {
    name: 'General Data Protection Regulation (EU) 2016/679',
    controls: [
      {
        id: 'Art. 5(1)(b)',
        title: 'Data is used for its purpose',
        evidence: ['permissions', 'decisions'],
      },
      {
        id: 'Art. 5(1)(c)',
        title: 'No more data than needed',
        evidence: ['requests', 'reviews'],
        also: ['documents', 'posture'],
      },
      {
        id: 'Art. 5(2)',
        title: 'Compliance can be demonstrated',
        evidence: ['decisions', 'rules', 'reviews'],
      },
      { id: 'Art. 17', title: 'Personal data is erased', evidence: ['erasures'] },
      {
        id: 'Art. 25',
        title: 'Protection by design and by default',
        evidence: ['rules', 'permissions'],
        also: ['documents'],
      },
      { id: 'Art. 30', title: 'Processing is recorded', evidence: ['decisions'] },
      {
        id: 'Art. 32',
        title: 'Processing is secure',
        evidence: ['keys', 'permissions', 'incidents'],
      },
      { id: 'Art. 33', title: 'Breaches are detected and reported', evidence: ['incidents'] },
    ],
  },
}
