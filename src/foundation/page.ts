import type { Id } from './id.ts'

/** Part of a list, in the order of ids: newest last. */
/** Some of many, by their place. */
export interface TimeWindow<T> {
  readonly total: number
  readonly items: readonly T[]
}

export interface PageRequest {
  /** The last id of the page before. */
  readonly after?: Id | undefined
  /** 1 to 500. */
  readonly limit: number
}
