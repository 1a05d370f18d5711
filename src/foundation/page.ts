import type { Id } from './id.ts'

/** A page of a list, in the order of ids: newest last. */
/** A page, by offset. */
export interface OffsetPage<T> {
  readonly total: number
  readonly items: readonly T[]
}

export interface PageRequest {
  /** Last id of the previous page. */
  readonly after?: Id | undefined
  /** 1 to 500. */
  readonly limit: number
}
