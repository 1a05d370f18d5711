import { type Database, type Row, type Statement, sql } from '../../../foundation/database.ts'
import { type Id, idBytes, idText } from '../../../foundation/id.ts'
import type {
  AccessRequest,
  AccessRequestStore,
  Approval,
  CeilingStore,
} from '../../../governance/access-request.ts'
import { pageOf } from './page.ts'

interface RequestRow extends Row {
  readonly id: Uint8Array
  readonly kind: string
  readonly agent_id: Uint8Array
  readonly task_id: Uint8Array
  readonly requester: string
  readonly requester_person: Uint8Array | null
  readonly entitlement: string | null
  readonly reason: string
  readonly terms: string
  readonly digest: string
  readonly rules: string
  readonly stages: string
  readonly stage: number
  readonly stage_ends_at: number | null
  readonly escalated: number
  readonly state: string
  readonly because: string | null
  readonly revision: number
  readonly edits: number
  readonly created_at: number
  readonly decided_at: number | null
  readonly credential_id: Uint8Array | null
  readonly finding: string | null
  readonly reviewed_by: Uint8Array | null
  readonly reviewed_at: number | null
}

const bytesOf = (id: Id | null): Uint8Array | null => id && idBytes(id)
const textOf = (bytes: Uint8Array | null): Id | null => bytes && idText(bytes)

const request = (row: RequestRow): AccessRequest => ({
  id: idText(row.id),
  kind: row.kind as AccessRequest['kind'],
  agentId: idText(row.agent_id),
  taskId: idText(row.task_id),
  requester: row.requester,
  requesterPerson: textOf(row.requester_person),
  entitlement: row.entitlement,
  reason: row.reason,
  terms: JSON.parse(row.terms) as AccessRequest['terms'],
  digest: row.digest,
  rules: JSON.parse(row.rules) as AccessRequest['rules'],
  stages: JSON.parse(row.stages) as AccessRequest['stages'],
  stage: row.stage,
  stageEndsAt: row.stage_ends_at,
  escalated: row.escalated === 1,
  state: row.state as AccessRequest['state'],
  because: row.because,
  revision: row.revision,
  edits: row.edits,
  createdAt: row.created_at,
  decidedAt: row.decided_at,
  credentialId: textOf(row.credential_id),
  finding: row.finding as AccessRequest['finding'],
  reviewedBy: textOf(row.reviewed_by),
  reviewedAt: row.reviewed_at,
})

interface ApprovalRow extends Row {
  readonly request_id: Uint8Array
  readonly digest: string
  readonly stage: number
  readonly person_id: Uint8Array
  readonly in_place_of: Uint8Array | null
  readonly comment: string | null
  readonly at: number
}

const approval = (row: ApprovalRow): Approval => ({
  requestId: idText(row.request_id),
  digest: row.digest,
  stage: row.stage,
  personId: idText(row.person_id),
  inPlaceOf: textOf(row.in_place_of),
  comment: row.comment,
  at: row.at,
})

export function makeAccessRequestStore(database: Database): AccessRequestStore {
  const read = async (rest: Statement) =>
    (await database.read<RequestRow>(sql`SELECT * FROM access_requests WHERE ${rest}`)).map(request)
  return {
    find: async (id) => (await read(sql`id = ${idBytes(id)}`))[0],
    list: ({ state, agentId, unreviewed }, page) =>
      read(
        pageOf(
          page,
          state && sql`state = ${state}`,
          agentId && sql`agent_id = ${idBytes(agentId)}`,
          unreviewed
            ? sql`state = 'granted' AND kind <> 'permission' AND reviewed_at IS NULL`
            : undefined,
        ),
      ),
    overdue: (now, limit) =>
      read(sql`state = 'open' AND stage_ends_at <= ${now} ORDER BY stage_ends_at LIMIT ${limit}`),
    add: (r) =>
      sql`INSERT INTO access_requests (id, kind, agent_id, task_id, requester, requester_person, entitlement,
          reason, terms, digest, rules, stages, stage, stage_ends_at, escalated, state, because, revision,
          created_at, decided_at, credential_id)
        VALUES (${idBytes(r.id)}, ${r.kind}, ${idBytes(r.agentId)}, ${idBytes(r.taskId)}, ${r.requester},
          ${bytesOf(r.requesterPerson)}, ${r.entitlement}, ${r.reason}, ${JSON.stringify(r.terms)}, ${r.digest},
          ${JSON.stringify(r.rules)}, ${JSON.stringify(r.stages)}, ${r.stage}, ${r.stageEndsAt},
          ${r.escalated ? 1 : 0}, ${r.state}, ${r.because}, ${r.revision}, ${r.createdAt}, ${r.decidedAt},
          ${bytesOf(r.credentialId)})`,
    revise: (r) => [
      sql`INSERT INTO guards (request_revision) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM access_requests WHERE id = ${idBytes(r.id)} AND revision = ${r.revision} /* FOR UPDATE */)`,
      sql`UPDATE access_requests SET entitlement = ${r.entitlement}, reason = ${r.reason},
          terms = ${JSON.stringify(r.terms)}, digest = ${r.digest}, rules = ${JSON.stringify(r.rules)},
          stages = ${JSON.stringify(r.stages)}, stage = ${r.stage}, stage_ends_at = ${r.stageEndsAt},
          escalated = ${r.escalated ? 1 : 0}, state = ${r.state}, because = ${r.because},
          decided_at = ${r.decidedAt}, credential_id = ${bytesOf(r.credentialId)}, finding = ${r.finding},
          reviewed_by = ${bytesOf(r.reviewedBy)}, reviewed_at = ${r.reviewedAt}, edits = ${r.edits}, revision = revision + 1
        WHERE id = ${idBytes(r.id)}`,
    ],
    async approvals(id, digest) {
      const rows = await database.read<ApprovalRow>(
        sql`SELECT * FROM approvals WHERE request_id = ${idBytes(id)} AND digest = ${digest} ORDER BY at, person_id`,
      )
      return rows.map(approval)
    },
    resetApprovals: (id) => sql`DELETE FROM approvals WHERE request_id = ${idBytes(id)}`,
    eraseTexts: (person) => [
      sql`UPDATE access_requests SET reason = 'erased' WHERE requester_person = ${idBytes(person)}`,
      sql`UPDATE approvals SET comment = NULL WHERE person_id = ${idBytes(person)}`,
    ],
    approve: (a) =>
      sql`INSERT INTO approvals (request_id, digest, stage, person_id, in_place_of, comment, at)
        VALUES (${idBytes(a.requestId)}, ${a.digest}, ${a.stage}, ${idBytes(a.personId)},
          ${bytesOf(a.inPlaceOf)}, ${a.comment}, ${a.at})`,
  }
}

interface CeilingRow extends Row {
  readonly agent_id: Uint8Array
  readonly entitlement: string
  readonly grants: string
  readonly source: string
  readonly created_at: number
}

export function makeCeilingStore(database: Database): CeilingStore {
  return {
    async agents() {
      const rows = await database.read<{ agent_id: Uint8Array }>(
        sql`SELECT DISTINCT agent_id FROM ceilings`,
      )
      return new Set(rows.map((row) => idText(row.agent_id)))
    },
    async of(agentId) {
      const rows = await database.read<CeilingRow>(
        sql`SELECT * FROM ceilings WHERE agent_id = ${idBytes(agentId)} ORDER BY entitlement`,
      )
      return rows.map((row) => ({
        agentId: idText(row.agent_id),
        entitlement: row.entitlement,
        grants: JSON.parse(row.grants),
        source: row.source,
        createdAt: row.created_at,
      }))
    },
    mustBe: (agentId, ceilings) =>
      sql`INSERT INTO guards (rules_known) SELECT 0 FROM (
        SELECT COUNT(*) AS known, COALESCE(MAX(created_at), 0) AS newest FROM ceilings
        WHERE agent_id = ${idBytes(agentId)}) c
        WHERE c.known <> ${ceilings.length}
          OR c.newest <> ${Math.max(0, ...ceilings.map(({ createdAt }) => createdAt))}`,
    set: ({ agentId, entitlement, grants, source, createdAt }) =>
      sql`INSERT INTO ceilings (agent_id, entitlement, grants, source, created_at)
        VALUES (${idBytes(agentId)}, ${entitlement}, ${JSON.stringify(grants)}, ${source}, ${createdAt})
        ON CONFLICT (agent_id, entitlement) DO UPDATE SET grants = excluded.grants, source = excluded.source,
          created_at = excluded.created_at`,
  }
}
