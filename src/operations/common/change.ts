import type { AuditEvent } from '../../audit/event.ts'
import type { Write } from '../../foundation/database.ts'
import { type ErrorCode, ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'

/** What an operation decided to do. It takes effect when carry-out.ts commits it. */
export interface Change<A> {
  readonly writes: readonly Write[]
  /** Audit events of the change, committed with it. */
  readonly events: readonly AuditEvent[]
  /**
   * Returned to the caller once the commit is durable. It is kept for a repeated request with the
   * same Idempotency-Key, so it must hold no secret.
   */
  readonly answer: A
  /** Members of the answer that are returned once and never kept. */
  readonly secret?: Partial<A>
  /**
   * The alternative if a precondition of the commit fails.
   *
   * @returns undefined to pass the failure on to the caller.
   */
  readonly otherwise?: (failure: ServiceError) => MaybePromise<Change<A>> | undefined
}

/** A change that writes nothing. */
export const answerOnly = <A>(answer: A): Change<A> => ({ writes: [], events: [], answer })

/**
 * An error that the audit log records: its events are committed before the caller gets the error.
 */
export class RecordedError extends ServiceError {
  readonly events: readonly AuditEvent[]
  constructor(code: ErrorCode, detail: string, events: readonly AuditEvent[]) {
    super(code, detail)
    this.events = events
  }
}

/** Chooses the alternative by the code of the failure. */
export const insteadOn =
  <A>(
    cases: Partial<Record<ErrorCode, (failure: ServiceError) => MaybePromise<Change<A>>>>,
  ): NonNullable<Change<A>['otherwise']> =>
  (failure) =>
    cases[failure.code]?.(failure)
