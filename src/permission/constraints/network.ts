import { type ConstraintType, hasExactly, isNonEmptyStrings } from './constraint.ts'
import { type AddressBlock, isInside, isPart, parseAddress, parseBlock } from './ip-address.ts'

/**
 * `{sourceCidr}`: the observed address is in one of these blocks. An IPv4-mapped IPv6 address is in
 * no IPv4 block.
 */
export const network: ConstraintType<readonly AddressBlock[]> = {
  read(json) {
    const { sourceCidr } = json
    if (!hasExactly(json, 'sourceCidr') || !isNonEmptyStrings(sourceCidr)) return undefined
    const blocks = sourceCidr.map(parseBlock)
    return blocks.every((block) => block !== undefined) ? reduced(blocks) : undefined
  },
  test:
    (blocks) =>
    ({ observed: { sourceIp } }) => {
      const address = sourceIp === undefined ? undefined : parseAddress(sourceIp)
      return address && blocks.some((block) => isInside(address, block))
        ? undefined
        : 'constraint_network'
    },
  within: (child, parent) => child.every((block) => parent.some((outer) => isPart(block, outer))),
}

/** Sorted, without blocks contained in others. */
function reduced(blocks: readonly AddressBlock[]): readonly AddressBlock[] {
  const distinct = [...new Map(blocks.map((block) => [textOf(block), block])).values()]
  return distinct
    .filter((block) => distinct.every((outer) => outer === block || !isPart(block, outer)))
    .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

const textOf = ({ version, prefix }: AddressBlock): string => `${version} ${prefix}`
