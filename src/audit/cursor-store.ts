import type { Write } from '../foundation/database.ts'

/** Where each subscriber of the log has read up to. */
export interface CursorStore {
  /** Sequence of the first event that the subscriber has not taken yet. */
  position(subscriber: string): Promise<number>
  /** Fails the whole commit with `cursor_there` if another node moved the cursor. */
  advance(subscriber: string, from: number, to: number): readonly Write[]
  /**
   * Fails the whole commit with `stream_room` if this would be one subscriber more than so many whose
   * names begin with the prefix. The prefix has no % or _.
   */
  mustHaveRoom(subscriber: string, prefix: string, most: number): Write
  /** Forgets the position. */
  remove(subscriber: string): Write
}
