import { ScimSyntaxError } from './scim-error.ts'

/** `attribute eq "value"`: the comparison that directories use to find their records. */
export interface EqualityFilter {
  readonly attribute: string
  readonly value: string
}

const form = /^\s*(?:urn:[A-Za-z0-9:._-]+:)?([A-Za-z][\w$-]*)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i

/**
 * @param attributes that may be compared, as written; names are compared without case.
 * @throws ScimSyntaxError `invalidFilter`.
 * @see https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.2
 */
export function readFilter(
  text: string | undefined,
  attributes: readonly string[],
): EqualityFilter | undefined {
  if (text === undefined) return undefined
  const match = form.exec(text)
  const attribute = attributes.find((one) => one.toLowerCase() === match?.[1]?.toLowerCase())
  if (!match || !attribute)
    throw new ScimSyntaxError('invalidFilter', `only ${attributes.join(', ')} eq "…" is supported`)
  try {
    return { attribute, value: JSON.parse(match[2]!) as string }
  } catch {
    throw new ScimSyntaxError('invalidFilter', 'the value is not a JSON string')
  }
}
