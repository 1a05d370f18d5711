import ipaddr from 'ipaddr.js'
import { hasExactly, isNonEmptyStrings, type ReadConstraint } from './constraint.ts'

/** `{sourceCidr}`: the observed address lies in one of these blocks. An IPv4 address in IPv6 dress is in no IPv4 block. */
export const readNetwork: ReadConstraint = (json) => {
  const { sourceCidr } = json
  if (!hasExactly(json, 'sourceCidr') || !isNonEmptyStrings(sourceCidr)) return undefined
  if (!sourceCidr.every((block) => ipaddr.isValidCIDR(block) && isPlain(block.split('/')[0]!)))
    return undefined
  const blocks = sourceCidr.map((block) => ipaddr.parseCIDR(block))
  return ({ observed: { sourceIp } }) => {
    if (sourceIp === undefined || !ipaddr.isValid(sourceIp) || !isPlain(sourceIp))
      return 'constraint_network'
    const address = ipaddr.parse(sourceIp)
    const inside = blocks.some(
      ([base, bits]) => base.kind() === address.kind() && address.match(base, bits),
    )
    return inside ? undefined : 'constraint_network'
  }
}

/** No zone id, and no octal, hexadecimal or shortened IPv4. */
const isPlain = (address: string): boolean =>
  address.includes(':') ? !address.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(address)
