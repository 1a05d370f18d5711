/** Characters that nobody sees: controls, formats, private use, and what Unicode lets fonts ignore. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u

/** A local part, quoted or not, and a domain without a character that a URL would read otherwise. */
const form = /^("(?:[^"\\]|\\.)*"|[^\s@"]+)@([^\s@/\\?#:%[\]]+)$/u

/** Quotes are needed for spaces, for `@`, and for dots that separate nothing (RFC 5321, 4.1.2). */
const unquotable = /^[^\s@"\\.]+(?:\.[^\s@"\\.]+)*$/u

/**
 * Normalizes a mailbox for comparison; undefined if the text is not an address. Outer spaces are
 * dropped, compatible characters are composed (NFKC), and case is folded in both parts: directories
 * and mail systems treat `Ada@Acme.example` and `ada@acme.example` as one mailbox, although RFC 5321
 * would distinguish the local parts. The domain is in ASCII (UTS 46) without a final dot, and the
 * local part has quotes only if it needs them. Tags (`ada+x@…`) stay, because an address does not
 * tell which systems cut them off.
 */
export function normalMailbox(text: string): string | undefined {
  const [, local, domain] = form.exec(folded(text)) ?? []
  const host = domain && asciiDomain(domain)
  return host ? `${unquoted(local!)}@${host}` : undefined
}

/** Whether the text is an address with characters that nobody sees, and so looks like another one. */
export const isDisguised = (text: string): boolean =>
  unseen.test(text) && folded(text).includes('@')

const folded = (text: string): string =>
  text.trim().normalize('NFKC').toLowerCase().normalize('NFKC')

function asciiDomain(domain: string): string | undefined {
  const url = `http://${domain}`
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.+$/, '') : undefined
}

function unquoted(local: string): string {
  if (!local.startsWith('"')) return local
  const content = local.slice(1, -1).replaceAll(/\\(.)/gu, '$1')
  return unquotable.test(content) ? content : `"${content.replaceAll(/["\\]/g, '\\$&')}"`
}

type Given = readonly (string | null | undefined)[]

const each = (texts: Given, formOf: (text: string) => string | undefined): readonly string[] => [
  ...new Set(texts.flatMap((text) => (text ? (formOf(text) ?? []) : []))),
]

/** Every known mailbox of a person once: addresses, and a user name that is one. */
export const mailboxesOf = (texts: Given): readonly string[] => each(texts, normalMailbox)

/** The forms under which versions up to 0.1.0 kept these mailboxes. */
export const earlierFormsOf = (texts: Given): readonly string[] =>
  each(texts, (text) => {
    const earlier = text.trim().normalize('NFC').toLowerCase()
    return /^[^\s@]+@[^\s@]+$/u.test(earlier) ? earlier : undefined
  })
