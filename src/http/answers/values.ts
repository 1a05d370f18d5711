import { z } from 'zod'
import { type SecuringMechanism, securingMechanisms } from '../../credential/issuer.ts'
import { isObject } from '../../foundation/json.ts'
import { id } from '../schemas.ts'

/**
 * Building blocks of the answers' schemas. Answers are closed objects: a member that is not declared
 * here fails the test that receives it (test/answers), and a generated client does not know it.
 * Nothing here runs when a request is served.
 */

export const time = z.iso.datetime()
export const count = z.int().min(0)

/** A DID that code handles as text, such as a holder's. */
export const anyDid = z
  .string()
  .regex(/^did:[a-z0-9]+:.+$/)
  .meta({
    description: 'A DID.',
    examples: ['did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH'],
  })

export const actor = z.string().meta({
  description:
    'Who did it: `person:`, `system:` or `agent:` with an id, or `service` for the service itself.',
})

export const sha256 = z
  .string()
  .regex(/^sha-256:[0-9a-f]{64}$/)
  .meta({ description: '`sha-256:` and 64 hexadecimal digits.' })

/** A document whose members others define. */
export const document = z.custom<object>(isObject, 'must be an object').meta({ type: 'object' })

/** Checks what the code itself handles as JSON. */
export const asDocument = (schema: z.ZodType): z.ZodType<object> => schema as z.ZodType<object>

/** A secured credential of the VC Data Model 2.0: with a proof, or enveloped. */
export const verifiableCredential = document.meta({
  id: 'VerifiableCredential',
  description:
    'A credential of the VC Data Model 2.0 with a Data Integrity proof, or an EnvelopedVerifiableCredential that carries a JWT or SD-JWT.',
})

export const verifiablePresentation = document.meta({
  id: 'VerifiablePresentation',
  description:
    'A presentation of the VC Data Model 2.0, signed by its holder, or an EnvelopedVerifiablePresentation.',
})

const form = document.optional()

/** Further forms of a credential. */
export const securedForms = z
  .strictObject(
    Object.fromEntries(securingMechanisms.map((mechanism) => [mechanism, form])) as Record<
      SecuringMechanism,
      typeof form
    >,
  )
  .meta({
    id: 'SecuredForms',
    description: 'The same credential in other forms, by securing mechanism.',
  })

/** A page of a list. */
export const pageOf = <S extends z.ZodType>(name: string, item: S) =>
  z
    .strictObject({
      items: z.array(item),
      next: id
        .nullable()
        .describe('Pass it as `after` to get the next page. Null: this is the last page.'),
    })
    .meta({ id: name })
