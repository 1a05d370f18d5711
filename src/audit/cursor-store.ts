import type { Write } from '../foundation/database.ts'

/** Where each subscriber of the log has read up to. */
export interface CursorStore {
  /** Sequence of the first event that the subscriber has not taken yet. */
  position(subscriber: string): Promise<number>
  /** Fails the whole commit with `cursor_there` if another node moved the cursor. */
  advance(subscriber: string, from: number, to: number): readonly Write[]
  /** Forgets a subscriber that has taken all it wanted. */
  remove(subscriber: string): Write
}
