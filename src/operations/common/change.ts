import type { AuditEvent } from '../../audit/event.ts'
import type { Write } from '../../foundation/database.ts'
import { type ErrorCode, ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'

/** What an operation decided to do. Nothing of it is done before it is carried out: see carry-out.ts. */
export interface Change<A> {
  readonly writes: readonly Write[]
  /** What tells of it in the audit log, in the same commit. */
  readonly events: readonly AuditEvent[]
  /**
   * What the caller hears once the commit is durable. A repeated request with its Idempotency-Key
   * hears it again, so it holds no secret.
   */
  readonly answer: A
  /** Members of the answer that are given once, and are never kept. */
  readonly secret?: Partial<A>
  /**
   * What is done instead if a precondition of the commit fails.
   *
   * @returns undefined to let the failure reach the caller.
   */
  readonly otherwise?: (failure: ServiceError) => MaybePromise<Change<A>> | undefined
}

/** Changes nothing. */
export const answerOnly = <A>(answer: A): Change<A> => ({ writes: [], events: [], answer })

/** An error that the audit log tells of: the events are committed before the caller hears of it. */
export class RecordedError extends ServiceError {
  readonly events: readonly AuditEvent[]
  constructor(code: ErrorCode, detail: string, events: readonly AuditEvent[]) {
    super(code, detail)
    this.events = events
  }
}

/** What is done instead, by the code of the failure. */
export const insteadOn =
  <A>(
    cases: Partial<Record<ErrorCode, (failure: ServiceError) => MaybePromise<Change<A>>>>,
  ): NonNullable<Change<A>['otherwise']> =>
  (failure) =>
    cases[failure.code]?.(failure)
