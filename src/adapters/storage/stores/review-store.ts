import { type Database, type Row, type Statement, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { Campaign, ReviewItem, ReviewStore } from '../../../governance/review.ts'
import { pageOf } from './page.ts'

interface CampaignRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly scope: string
  readonly reviewers: string
  readonly undone: string
  readonly due_at: number
  readonly state: string
  readonly created_by: string
  readonly created_at: number
}

const campaign = (row: CampaignRow): Campaign => ({
  id: idText(row.id),
  name: row.name,
  scope: JSON.parse(row.scope) as Campaign['scope'],
  reviewers: JSON.parse(row.reviewers) as Campaign['reviewers'],
  onDeadline: row.undone as Campaign['onDeadline'],
  dueAt: row.due_at,
  state: row.state as Campaign['state'],
  createdBy: row.created_by,
  createdAt: row.created_at,
})

interface ItemRow extends Row {
  readonly id: Uint8Array
  readonly campaign_id: Uint8Array
  readonly agent_id: Uint8Array
  readonly entitlement: string
  readonly outcome: string | null
  readonly decided_by: string | null
  readonly decided_at: number | null
  readonly comment: string | null
}

const item = (row: ItemRow): ReviewItem => ({
  id: idText(row.id),
  campaignId: idText(row.campaign_id),
  agentId: idText(row.agent_id),
  entitlement: row.entitlement,
  outcome: row.outcome as ReviewItem['outcome'],
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
  comment: row.comment,
})

export function makeReviewStore(database: Database): ReviewStore {
  const campaigns = async (rest: Statement) =>
    (await database.read<CampaignRow>(sql`SELECT * FROM campaigns WHERE ${rest}`)).map(campaign)
  const items = async (rest: Statement) =>
    (await database.read<ItemRow>(sql`SELECT * FROM review_items WHERE ${rest}`)).map(item)
  return {
    find: async (id) => (await campaigns(sql`id = ${idBytes(id)}`))[0],
    list: ({ state }, page) => campaigns(pageOf(page, state && sql`state = ${state}`)),
    overdue: (now, limit) =>
      campaigns(sql`state = 'open' AND due_at <= ${now} ORDER BY due_at LIMIT ${limit}`),
    add: (c) =>
      sql`INSERT INTO campaigns (id, name, scope, reviewers, undone, due_at, state, created_by, created_at)
        VALUES (${idBytes(c.id)}, ${c.name}, ${JSON.stringify(c.scope)}, ${JSON.stringify(c.reviewers)},
          ${c.onDeadline}, ${c.dueAt}, ${c.state}, ${c.createdBy}, ${c.createdAt})`,
    close: (id) => [
      sql`INSERT INTO guards (review_open) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM campaigns WHERE id = ${idBytes(id)} AND state = 'open' /* FOR UPDATE */)`,
      sql`UPDATE campaigns SET state = 'closed' WHERE id = ${idBytes(id)}`,
    ],
    item: async (id) => (await items(sql`id = ${idBytes(id)}`))[0],
    items: ({ campaignId, isOpen, agentId }, page) =>
      items(
        pageOf(
          page,
          sql`campaign_id = ${idBytes(campaignId)}`,
          isOpen === undefined
            ? undefined
            : isOpen
              ? sql`outcome IS NULL`
              : sql`outcome IS NOT NULL`,
          agentId && sql`agent_id = ${idBytes(agentId)}`,
        ),
      ),
    addItem: ({ id, campaignId, agentId, entitlement }) =>
      sql`INSERT INTO review_items (id, campaign_id, agent_id, entitlement)
        VALUES (${idBytes(id)}, ${idBytes(campaignId)}, ${idBytes(agentId)}, ${entitlement})`,
    decide: ({ id, outcome, decidedBy, decidedAt, comment }) => [
      sql`INSERT INTO guards (review_open) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM review_items WHERE id = ${idBytes(id)} AND outcome IS NULL /* FOR UPDATE */)`,
      sql`UPDATE review_items SET outcome = ${outcome}, decided_by = ${decidedBy},
          decided_at = ${decidedAt}, comment = ${comment} WHERE id = ${idBytes(id)}`,
    ],
  }
}
