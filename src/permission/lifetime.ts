import type { Seconds } from '../foundation/time.ts'

/** permission-model.md, 1: an hour by default, at most a day. */
export const permissionLifetime = { default: 3600, max: 86_400 } as const satisfies Record<
  string,
  Seconds
>
