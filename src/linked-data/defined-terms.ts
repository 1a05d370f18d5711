import { isArray, isObject, isStrings, type JsonObject } from '../foundation/json.ts'
import { type ActiveContext, bundledInitialContext, extend } from './active-context.ts'

/**
 * Members of the document itself that none of its contexts defines, regardless of a default
 * vocabulary. Undefined if its contexts cannot be determined here.
 */
export async function undefinedMembers(
  document: JsonObject,
): Promise<readonly string[] | undefined> {
  const contexts = document['@context']
  if (!isArray(contexts)) return undefined
  const bundled = bundledInitialContext()
  const initial = bundled instanceof Promise ? await bundled : bundled
  const active = extend(
    initial,
    contexts.filter((item) => typeof item === 'string'),
  )
  const types = isStrings(document.type) ? document.type : [document.type]
  const typed = types.reduce<ActiveContext | undefined>((context, type) => {
    const scope = typeof type === 'string' ? active?.terms.get(type)?.scope : undefined
    return context && scope !== undefined ? extend(context, scope) : context
  }, active)
  if (!typed) return undefined
  const own = new Set(contexts.filter(isObject).flatMap((context) => Object.keys(context)))
  return Object.keys(document).filter(
    (name) =>
      name !== '@context' && !typed.terms.has(name) && !own.has(name) && !name.includes(':'),
  )
}
