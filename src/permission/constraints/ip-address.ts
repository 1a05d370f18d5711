/** An IPv4 or IPv6 address, as its 32 or 128 binary digits. */
export interface IpAddress {
  readonly version: 4 | 6
  readonly digits: string
}

/** An address block: the digits that its addresses begin with (RFC 4632, 3.1; RFC 4291, 2.3). */
export interface AddressBlock {
  readonly version: 4 | 6
  readonly prefix: string
}

/**
 * Reads an address as it is usually written: IPv4 as four decimal numbers without leading zeros, IPv6
 * as in RFC 4291, 2.2, without a zone. An IPv4-mapped IPv6 address stays an IPv6 address.
 *
 * @returns undefined if the text is anything else.
 */
export function parseAddress(text: string): IpAddress | undefined {
  const version = text.includes(':') ? 6 : 4
  const digits = version === 6 ? digitsOfIpv6(text) : digitsOfIpv4(text)
  return digits === undefined ? undefined : { version, digits }
}

/** @returns undefined unless the text is an address, a slash and a prefix length. */
export function parseBlock(text: string): AddressBlock | undefined {
  const [, addressText, lengthText] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const address = addressText === undefined ? undefined : parseAddress(addressText)
  const length = Number(lengthText)
  if (!address || length > address.digits.length) return undefined
  return { version: address.version, prefix: address.digits.slice(0, length) }
}

export const isInside = ({ version, digits }: IpAddress, block: AddressBlock): boolean =>
  version === block.version && digits.startsWith(block.prefix)

/** Whether every address of one block is in the other. */
export const isPart = ({ version, prefix }: AddressBlock, outer: AddressBlock): boolean =>
  version === outer.version && prefix.startsWith(outer.prefix)

function digitsOfIpv4(text: string): string | undefined {
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/.test(text) || text.endsWith('.')) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.every((byte) => byte <= 255) ? joined(bytes, 8) : undefined
}

function digitsOfIpv6(text: string): string | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half, i) => groupsOf(half, i === halves.length - 1))
  if (!head) return undefined
  if (halves.length === 1) return head.length === 8 ? joined(head, 16) : undefined
  // "::" replaces at least one group of zeros.
  if (!tail || head.length + tail.length > 7) return undefined
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0)
  return joined([...head, ...zeros, ...tail], 16)
}

/** The groups of 16 bits in one side of "::", as numbers. The last two may be written as IPv4. */
function groupsOf(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === '') return []
  const words = text.split(':')
  const ipv4 = isLast && words.at(-1)!.includes('.') ? digitsOfIpv4(words.pop()!) : ''
  if (ipv4 === undefined || !words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined
  const groups = words.map((word) => Number.parseInt(word, 16))
  const last = ipv4 === '' ? [] : [ipv4.slice(0, 16), ipv4.slice(16)]
  return [...groups, ...last.map((digits) => Number.parseInt(digits, 2))]
}

const joined = (parts: readonly number[], size: number): string =>
  parts.map((part) => part.toString(2).padStart(size, '0')).join('')
