import type { Schema } from '@cedar-policy/cedar-wasm'
import schema from '../../../schemas/policy.cedarschema.json' with { type: 'json' }
import { ServiceError } from '../../foundation/errors.ts'
import type { PolicyEngine } from '../../permission/policy.ts'
import { askTwice, type Cedar, CedarFailed, type CedarInstance } from './cedar-instance.ts'
import { compilePolicies } from './compile-policies.ts'
import { flawsOfResources } from './policy-resources.ts'
import { flawOfPolicyShape } from './policy-shape.ts'

/** Local policy in Cedar. The engine is loaded once there is a policy. */
export function makeCedarEngine(load: () => Promise<CedarInstance>): PolicyEngine {
  return {
    async validate(body) {
      const flaw = flawOfPolicyShape(body)
      if (flaw) throw tooComplex(flaw)
      const instance = await load()
      try {
        return askTwice(instance, (cedar) => flawsOf(cedar, body))
      } catch (error) {
        if (error instanceof CedarFailed)
          throw tooComplex('the policy engine cannot parse it', error)
        throw error
      }
    },
    async compile(policies) {
      return compilePolicies(await load(), policies)
    },
  }
}

const tooComplex = (detail: string, cause?: Error) =>
  new ServiceError('policy_too_complex', detail, { cause })

function flawsOf(cedar: Cedar, body: string): readonly string[] {
  const answer = cedar.validate({
    schema: schema as unknown as Schema,
    policies: { staticPolicies: body },
  })
  if (answer.type === 'failure') return distinct(answer.errors)
  const parts = cedar.policySetTextToParts(body)
  if (parts.type === 'failure') return distinct(parts.errors)
  if (parts.policy_templates.length > 0) return ['policy templates are not supported']
  if (parts.policies.length === 0) return ['it contains no policy']
  const spelled = parts.policies.flatMap((text) => {
    const policy = cedar.policyToJson(text)
    return policy.type === 'success' ? flawsOfResources(policy.json) : []
  })
  if (spelled.length > 0) return [...new Set(spelled)]
  return distinct(answer.validationErrors.map(({ error }) => error))
}

const distinct = (errors: readonly { readonly message: string }[]): readonly string[] => [
  ...new Set(errors.map(({ message }) => message)),
]
