import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { ApprovalRule } from './approval-rule.ts'
import type { Entitlement } from './entitlement.ts'
import type { Door, Segment } from './segment.ts'
import type { SeparationRule } from './separation-rule.ts'

/** The organization's governance documents, by kind. */
export interface DocumentBodies {
  readonly entitlement: Entitlement
  readonly 'approval-rule': ApprovalRule
  readonly 'separation-rule': SeparationRule
  readonly segment: Segment
  readonly door: Door
}
export const documentKinds = [
  'entitlement',
  'approval-rule',
  'separation-rule',
  'segment',
  'door',
] as const satisfies readonly (keyof DocumentBodies)[]
export type DocumentKind = (typeof documentKinds)[number]

/** One version of one document. */
export interface GovernanceDocument<K extends DocumentKind = DocumentKind> {
  readonly id: Id
  readonly kind: K
  readonly name: string
  /** 1, 2, … of this name. */
  readonly version: number
  /** Null if this version withdraws the document. */
  readonly body: DocumentBodies[K] | null
  readonly createdBy: string
  readonly createdAt: Milliseconds
}

/** A document that is in force. */
export type InForce<K extends DocumentKind> = GovernanceDocument<K> & {
  readonly body: DocumentBodies[K]
}

export interface DocumentStore {
  list<K extends DocumentKind>(
    kind: K,
    filter: { readonly name?: string | undefined },
    page: PageRequest,
  ): Promise<readonly GovernanceDocument<K>[]>
  newest<K extends DocumentKind>(kind: K, name: string): Promise<GovernanceDocument<K> | undefined>
  /** The newest version of every document that is not withdrawn, in the order of names. */
  inForce<K extends DocumentKind>(kind: K): Promise<readonly InForce<K>[]>
  /**
   * Fails the whole commit with `rules_known` unless exactly these documents of a kind are in
   * force.
   */
  mustBeInForce(kind: DocumentKind, documents: readonly Pick<GovernanceDocument, 'id'>[]): Write
  /**
   * Fails the whole commit with `governance_documents_kind_name_version` if another writer stored
   * this version first.
   */
  add(document: GovernanceDocument): Write
}

/** `name@version`, as decisions and events cite a document. */
export const cite = ({ name, version }: Pick<GovernanceDocument, 'name' | 'version'>): string =>
  `${name}@${version}`
