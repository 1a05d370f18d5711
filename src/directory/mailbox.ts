const form = /^[^\s@]+@[^\s@]+$/u

/**
 * Normalizes a mailbox for comparison; undefined if the text is not an address. Outer spaces are
 * dropped, Unicode is composed (NFC), and case is folded in both parts: directories and mail
 * systems treat `Ada@Acme.example` and `ada@acme.example` as one mailbox, although RFC 5321 would
 * distinguish the local parts. Tags (`ada+x@…`) stay, because an address does not tell which
 * systems cut them off.
 */
export function normalMailbox(text: string): string | undefined {
  const normal = text.trim().normalize('NFC').toLowerCase()
  return form.test(normal) ? normal : undefined
}

/** Every known mailbox of a person once: addresses, and a user name that is one. */
export const mailboxesOf = (texts: readonly (string | null | undefined)[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => (text ? (normalMailbox(text) ?? []) : []))),
]
