import type { D1Binding } from '../../adapters/storage/d1/d1.ts'
import type { ResponseCache } from '../../adapters/web/platform-fetch.ts'

/** Bindings of wrangler.toml, and the PROCURA_… variables and secrets. */
export interface Bindings {
  readonly DATABASE: D1Binding
  readonly SEQUENCER: DurableObjects
  readonly [variable: `PROCURA_${string}`]: string | undefined
}

/** The part of Durable Objects that is used. */
export interface DurableObjects {
  idFromName(name: string): unknown
  get(id: unknown): { fetch(url: string, init?: RequestInit): Promise<Response> }
}
export interface DurableState {
  readonly storage: {
    get<T>(key: string): Promise<T | undefined>
    put(key: string, value: unknown): Promise<void>
    delete(keys: string[]): Promise<number>
    list<T>(options: { readonly limit: number; readonly end?: string }): Promise<Map<string, T>>
    getAlarm(): Promise<number | null>
    setAlarm(at: number): Promise<void>
  }
}

export interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void
}

/** The cache near the client; some previews have none. */
export const platformCache = (): ResponseCache | undefined =>
  (globalThis as { caches?: { default?: ResponseCache } }).caches?.default
