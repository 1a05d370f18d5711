import type { SecuringOptions } from '../../credential/capabilities.ts'
import { type Issuer, keyKindsOf, type SecuringMechanism } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'

/** Further forms of a credential, by securing mechanism. */
export type Forms = Readonly<Partial<Record<SecuringMechanism, JsonObject>>>

export interface SecuredForms {
  readonly secured: JsonObject
  readonly forms: Forms | null
}

export interface FormsWanted extends SecuringOptions {
  readonly first: SecuringMechanism
  readonly others: readonly SecuringMechanism[]
}

/**
 * Secures one document in several forms: one credential with one id and one status entry.
 *
 * @throws ServiceError `request_unprocessable` for a form that the issuer's key cannot sign.
 */
export async function secureForms(
  { secureCredential }: Pick<Deps, 'secureCredential'>,
  issuer: Issuer,
  document: JsonObject,
  { first, others, ...options }: FormsWanted,
): Promise<SecuredForms> {
  const wanted = [...new Set(others)].filter((mechanism) => mechanism !== first)
  const unfit = wanted.find((mechanism) => !keyKindsOf[mechanism].includes(issuer.keyKind))
  if (unfit)
    throw new ServiceError(
      'request_unprocessable',
      `${unfit} cannot be signed with the ${issuer.keyKind} key of this issuer`,
    )
  const secured = await secureCredential(issuer, document, first, options)
  if (wanted.length === 0) return { secured, forms: null }
  const forms: Partial<Record<SecuringMechanism, JsonObject>> = {}
  for (const mechanism of wanted)
    forms[mechanism] = await secureCredential(issuer, document, mechanism, options)
  return { secured, forms }
}
