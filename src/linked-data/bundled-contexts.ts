import type { JsonObject } from '../foundation/json.ts'

/** The documents behind the permitted URLs. */
export type Contexts = ReadonlyMap<string, JsonObject>

let loading: Promise<Contexts> | undefined

/** Loaded when the first document is read as a graph; verifying canonical JSON never needs them. */
export function loadContexts(): Promise<Contexts> {
  loading ??= load()
  return loading
}

async function load(): Promise<Contexts> {
  const { publishedContexts } = await import('./published-contexts.ts')
  return new Map(Object.entries(publishedContexts as Readonly<Record<string, JsonObject>>))
}
