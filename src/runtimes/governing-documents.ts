import type { Deps } from '../deps.ts'
import type { DocumentKind, DocumentStore, InForce } from '../governance/document.ts'
import type { Clock } from '../time.ts'
import { remember } from './remember.ts'

/** The documents in force, from storage. */
export function makeGoverningDocuments(
  store: Pick<DocumentStore, 'inForce'>,
  clock: Clock,
  waitsForOthers: boolean,
): Deps['governance'] {
  const of = <K extends DocumentKind>(kind: K) =>
    remember(clock, waitsForOthers, () => store.inForce(kind))
  const known = { entitlement: of('entitlement'), 'approval-rule': of('approval-rule') }
  return {
    inForce: async <K extends DocumentKind>(kind: K) =>
      (await known[kind].get()) as readonly InForce<DocumentKind>[] as readonly InForce<K>[],
    forget() {
      for (const { forget } of Object.values(known)) forget()
    },
  }
}
