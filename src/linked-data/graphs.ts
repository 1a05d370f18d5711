import { loadOnce } from '../foundation/load-once.ts'

/** Reading documents as graphs: loaded with the first such document, since most proofs need none. */
export const loadGraphs = loadOnce(async () => {
  const [{ canonicalizeRdf }, hidden, { undefinedMembers }] = await Promise.all([
    import('./canonicalize.ts'),
    import('./hidden-members.ts'),
    import('./defined-terms.ts'),
  ])
  return { canonicalizeRdf, undefinedMembers, ...hidden }
})
