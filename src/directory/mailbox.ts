const form = /^[^\s@]+@[^\s@]+$/u

/**
 * The normal form in which mailboxes are compared, or undefined for a text that is no address.
 * Space around it is dropped, Unicode is composed (NFC), and case is folded in both halves:
 * directories and mail systems treat `Ada@Acme.example` and `ada@acme.example` as one mailbox,
 * although RFC 5321 would let the first half differ. Tags (`ada+x@…`) stay: which systems cut them
 * off cannot be told from the address.
 */
export function normalMailbox(text: string): string | undefined {
  const normal = text.trim().normalize('NFC').toLowerCase()
  return form.test(normal) ? normal : undefined
}

/** Every mailbox that is known of somebody, once: addresses, and a user name that is one. */
export const mailboxesOf = (texts: readonly (string | null | undefined)[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => (text ? (normalMailbox(text) ?? []) : []))),
]
