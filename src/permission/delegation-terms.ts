import { type Did, isDid } from '../did/syntax.ts'
import { isSubset } from './constraints/constraint.ts'

/** What the holder of a permission may delegate, and to whom. */
export interface DelegationTerms {
  /** How many further links may follow. */
  readonly remainingDepth: number
  /** DIDs, and patterns `did:web:*.host`; undefined: any subject. */
  readonly allowedSubjects: readonly SubjectPattern[] | undefined
  /** Actions that may not be delegated, by grant id. */
  readonly nonDelegable: ReadonlyMap<string, readonly string[]>
}

/**
 * A DID, or `did:web:*.` and the rest of a host, without a path. `*` matches exactly one label.
 */
export type SubjectPattern = string

export const maxDepth = 8
const wildcard = /^did:web:\*(\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(%3A\d{1,5})?$/
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

export const isSubjectPattern = (text: string): text is SubjectPattern =>
  isDid(text) || wildcard.test(text)

export const admits = (
  patterns: readonly SubjectPattern[] | undefined,
  subject: Did | SubjectPattern,
): boolean => patterns === undefined || patterns.some((pattern) => isPart(subject, pattern))

/** Whether `parent` matches everything that `child` matches. */
function isPart(child: SubjectPattern, parent: SubjectPattern): boolean {
  if (child === parent) return true
  // `*` is not a label: one pattern is within another only if they are equal.
  if (!wildcard.test(parent)) return false
  const rest = parent.slice('did:web:*'.length)
  return (
    child.startsWith('did:web:') &&
    child.endsWith(rest) &&
    label.test(child.slice('did:web:'.length, -rest.length))
  )
}

/** Whether the child's terms are equal or tighter. Depth is checked elsewhere. */
export function areTermsWithin(
  child: DelegationTerms,
  parent: DelegationTerms,
  /** The child's grants, each with the parent's grant that it narrows. */
  grants: readonly { readonly id: string; readonly from: string | undefined }[],
): boolean {
  const bound = parent.allowedSubjects
  const own = child.allowedSubjects
  const subjects = !bound || (!!own && own.every((pattern) => admits(bound, pattern)))
  return (
    subjects &&
    grants.every(({ id, from }) =>
      isSubset(parent.nonDelegable.get(from ?? '') ?? [], child.nonDelegable.get(id) ?? []),
    )
  )
}
