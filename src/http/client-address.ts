import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Block = readonly [Address, number]

/**
 * Headers in which a proxy names its client. Exactly one is read, because clients can send the
 * other one freely.
 */
export const forwardingHeaders = ['x-forwarded-for', 'forwarded'] as const

export interface Forwarding {
  /** The proxies that are trusted to name the client's address. Empty: none. */
  readonly proxies: readonly Block[]
  readonly header: (typeof forwardingHeaders)[number]
}

/**
 * Parses a proxy's address, or a CIDR block.
 *
 * @returns undefined if it is neither, is an IPv4-mapped IPv6 address, or covers every address.
 */
export function readBlock(text: string): Block | undefined {
  const [first, length, ...rest] = text.split('/')
  const address = readAddress(first!)
  if (!address || rest.length > 0 || (text.includes(':') && address.kind() === 'ipv4'))
    return undefined
  const max = address.kind() === 'ipv4' ? 32 : 128
  if (length === undefined) return [address, max]
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : 0
  return bits >= 1 && bits <= max ? [address, bits] : undefined
}

export const isTrusted = (address: string, { proxies }: Forwarding): boolean => {
  const read = readAddress(address)
  return read !== undefined && isAmong(read, proxies)
}

/**
 * The client's address: that of the connection, unless a trusted proxy opened it. Then it is the
 * right-most entry of the header that is not a trusted proxy: the client may have written
 * everything further left. If that entry is not an address, the client gets the address of the proxy
 * that wrote it: all such clients share one address, and none gets another's.
 *
 * @param peer address of the other end of the connection.
 * @param said the header; several of one name joined by commas.
 * @returns in canonical form, an IPv4-mapped address as IPv4; undefined without a peer.
 * @see https://www.rfc-editor.org/rfc/rfc7239
 */
export function clientAddress(
  peer: string | undefined,
  said: string | undefined,
  { proxies, header }: Forwarding,
): string | undefined {
  let address = peer === undefined ? undefined : readAddress(peer)
  if (!address) return undefined
  if (said === undefined || !isAmong(address, proxies)) return address.toString()
  const nodes = header === 'forwarded' ? nodesOfForwarded(said) : said.split(',')
  while (isAmong(address, proxies)) {
    const next = readNode(nodes.pop() ?? '')
    if (!next) break
    address = next
  }
  return address.toString()
}

/** The unit in which addresses are counted: a client with one IPv6 address has 2^64 of them. */
export const countedAs = (address: string): string =>
  address.includes(':') && ipaddr.IPv6.isValid(address)
    ? `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`)}/64`
    : address

const isAmong = (address: Address, blocks: readonly Block[]): boolean =>
  blocks.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))

/**
 * No octal, hexadecimal or shortened IPv4. A zone id is dropped, since it has a meaning on one
 * machine only.
 */
function readAddress(text: string): Address | undefined {
  if (!text.includes(':'))
    return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined
  const [plain, zone, ...rest] = text.split('%')
  if (!ipaddr.IPv6.isValid(plain!) || zone === '' || rest.length > 0) return undefined
  return ipaddr.process(plain!)
}

/** `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80` */
function readNode(text: string): Address | undefined {
  const node = text.trim()
  const [, bracketed] = /^\[([^[\]]+)\](?::\d{1,5})?$/.exec(node) ?? []
  if (bracketed !== undefined) return bracketed.includes(':') ? readAddress(bracketed) : undefined
  return readAddress(node.replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, '$1'))
}

/**
 * One pair of Forwarded, and its separator: `;` before another pair of the same element, `,` before
 * another element.
 */
const pair =
  /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")[ \t]*(;|,|$)/y

/**
 * The `for` of each element of Forwarded; empty if an element has none or two. If the header breaks
 * the grammar, nothing of it is used: a quote left open by a client would swallow what the proxy
 * adds.
 */
function nodesOfForwarded(said: string): string[] {
  const nodes: string[] = []
  let node: string | undefined
  pair.lastIndex = 0
  for (;;) {
    const [, name, token, quoted, end] = pair.exec(said) ?? []
    if (name === undefined) return []
    if (name.toLowerCase() === 'for') node = node === undefined ? (token ?? quoted!) : ''
    if (end === ';') continue
    nodes.push(node ?? '')
    node = undefined
    if (end === '') return nodes
  }
}
