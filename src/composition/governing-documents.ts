import type { Deps } from '../deps.ts'
import type { MonotonicClock } from '../foundation/time.ts'
import {
  type DocumentKind,
  type DocumentStore,
  documentKinds,
  type InForce,
} from '../governance/document.ts'
import type { ClosureStore, SegmentMap } from '../governance/segment.ts'
import { remember } from './remember.ts'

/** The governance documents in force, from storage. */
export function makeGoverningDocuments(
  stores: {
    readonly documents: Pick<DocumentStore, 'inForce'>
    readonly closures: Pick<ClosureStore, 'list'>
  },
  clock: MonotonicClock,
  waitsForOthers: boolean,
): Deps['governance'] {
  const known = new Map(
    documentKinds.map((kind) => [
      kind,
      remember<readonly InForce<DocumentKind>[]>(clock, waitsForOthers, () =>
        stores.documents.inForce(kind),
      ),
    ]),
  )
  const segments = remember<SegmentMap>(clock, waitsForOthers, async () => ({
    segments: await stores.documents.inForce('segment'),
    doors: await stores.documents.inForce('door'),
    closed: new Set((await stores.closures.list()).map(({ segment }) => segment)),
  }))
  return {
    inForce: <K extends DocumentKind>(kind: K) =>
      known.get(kind)!.get() as ReturnType<typeof stores.documents.inForce<K>>,
    segments: segments.get,
    forget() {
      for (const { forget } of known.values()) forget()
      segments.forget()
    },
  }
}
