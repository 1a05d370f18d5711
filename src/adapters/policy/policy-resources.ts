import type { PolicyJson } from '@cedar-policy/cedar-wasm'
import { grantTypes } from '../../permission/grant-type.ts'

/**
 * Resources that a policy names in a form in which no request names them: such a policy would never
 * apply, and a `forbid` that never applies protects nothing.
 */
export function flawsOfResources(policy: PolicyJson): readonly string[] {
  const flaws: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { type, id } = value as { readonly type?: unknown; readonly id?: unknown }
    if (type === 'Resource' && typeof id === 'string') flaws.push(...flawsOf(id))
    for (const inner of Object.values(value)) walk(inner)
  }
  walk(policy)
  return flaws
}

function flawsOf(id: string): readonly string[] {
  const forms = Object.values(grantTypes).flatMap(({ normalize }) => normalize(id) ?? [])
  if (forms.includes(id)) return []
  const [form] = forms
  return [
    form === undefined
      ? `Resource::"${id}" is not a resource of any grant type`
      : `Resource::"${id}" is never asked for: write it in normal form, ${form}`,
  ]
}
