import type { JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import type { Link } from '../../src/permission/attenuate.ts'
import { flawOfLinks } from '../../src/permission/chain.ts'
import { authorize } from '../../src/permission/decide.ts'
import { parsePermission } from '../../src/permission/parse-permission.ts'
import type { Permission } from '../../src/permission/permission.ts'
import { makeGenerator, makeRandom, type WrittenLink } from './generate.ts'
import { permits } from './reference.ts'

type Asked = ReturnType<ReturnType<typeof makeGenerator>['situation']>

/** A chain as the service reads it; undefined where it refuses the chain as a whole. */
export function readChain(chain: readonly WrittenLink[]): readonly Link[] | undefined {
  const links = chain.map(({ permission, ...rest }) => {
    const read = parsePermission(permission as JsonValue)
    if (isRefusal(read)) throw new Error(`a generated permission is malformed: ${read.detail}`)
    return { ...rest, permission: read } as Link
  })
  return flawOfLinks(links) ? undefined : links
}

export const isAllowed = (permission: Permission, { audience, ...situation }: Asked): boolean =>
  !isRefusal(authorize(permission, audience as never, situation))

export interface Comparison {
  readonly cases: number
  readonly chains: number
  /** Chains of more than one link that only narrow. */
  readonly narrowing: number
  readonly allowed: number
  readonly differences: readonly { readonly chain: readonly WrittenLink[]; readonly asked: Asked }[]
}

const asksPerChain = 40

/** Asks the evaluator in use and the obvious one the same questions. */
export function compare(
  cases: number,
  seed: number,
  progress: (done: number) => void = () => undefined,
): Comparison {
  const { chain, situation } = makeGenerator(makeRandom(seed))
  const differences: Comparison['differences'][number][] = []
  const counts = { cases: 0, chains: 0, narrowing: 0, allowed: 0 }
  while (counts.cases < cases) {
    const written = chain()
    const links = readChain(written)
    counts.chains++
    if (links && links.length > 1) counts.narrowing++
    for (let i = 0; i < asksPerChain; i++, counts.cases++) {
      const asked = situation()
      const own = links !== undefined && isAllowed(links.at(-1)!.permission, asked)
      if (own) counts.allowed++
      if (own !== permits(written, asked)) differences.push({ chain: written, asked })
    }
    if (counts.chains % 10_000 === 0) progress(counts.cases)
  }
  return { ...counts, differences }
}
