import ipaddr from 'ipaddr.js'
import { type ConstraintType, hasExactly, isNonEmptyStrings } from './constraint.ts'

type Block = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/**
 * `{sourceCidr}`: the observed address is in one of these blocks. An IPv4-mapped IPv6 address is in
 * no IPv4 block.
 */
export const network: ConstraintType<readonly Block[]> = {
  read(json) {
    const { sourceCidr } = json
    if (!hasExactly(json, 'sourceCidr') || !isNonEmptyStrings(sourceCidr)) return undefined
    if (!sourceCidr.every((block) => ipaddr.isValidCIDR(block) && isPlain(block.split('/')[0]!)))
      return undefined
    return reduced(sourceCidr.map(readBlock))
  },
  test:
    (blocks) =>
    ({ observed: { sourceIp } }) => {
      if (sourceIp === undefined || !ipaddr.isValid(sourceIp) || !isPlain(sourceIp))
        return 'constraint_network'
      const address = ipaddr.parse(sourceIp)
      return blocks.some((block) => isInside(address, block)) ? undefined : 'constraint_network'
    },
  within: (child, parent) => child.every((block) => parent.some((outer) => isPart(block, outer))),
}

/** First address and prefix length of the block. */
function readBlock(text: string): Block {
  const [address, bits] = ipaddr.parseCIDR(text)
  const first =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(text)
      : ipaddr.IPv6.networkAddressFromCIDR(text)
  return [first, bits]
}

/** Sorted, without blocks contained in others. */
function reduced(blocks: readonly Block[]): readonly Block[] {
  const byText = new Map(
    blocks.map((block) => [`${block[0].toNormalizedString()}/${block[1]}`, block]),
  )
  return [...byText]
    .filter(([text, block]) =>
      [...byText].every(([other, outer]) => other === text || !isPart(block, outer)),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, block]) => block)
}

const isInside = (address: ipaddr.IPv4 | ipaddr.IPv6, [base, bits]: Block): boolean =>
  base.kind() === address.kind() && address.match(base, bits)

const isPart = ([base, bits]: Block, outer: Block): boolean =>
  bits >= outer[1] && isInside(base, outer)

/** No zone id, and no octal, hexadecimal or shortened IPv4. */
const isPlain = (address: string): boolean =>
  address.includes(':') ? !address.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(address)
