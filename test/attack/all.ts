import type { Attack } from './attack.ts'
import { clocks } from './clocks.ts'
import { commandLine } from './command-line.ts'
import { delegation } from './delegation.ts'
import { documents } from './documents.ts'
import { duties } from './duties.ts'
import { entrance } from './entrance.ts'
import { handOver } from './hand-over.ts'
import { keys } from './keys.ts'
import { log } from './log.ts'
import { maintenance } from './maintenance.ts'
import { memory } from './memory.ts'
import { people } from './people.ts'
import { policies } from './policies.ts'
import { requests } from './requests.ts'
import { status } from './status.ts'
import { tasks } from './tasks.ts'
import { work } from './work.ts'

/** Every attack, by the concept that it is on. */
export const attacks = {
  policies,
  delegation,
  keys,
  clocks,
  memory,
  tasks,
  'hand-over': handOver,
  requests,
  people,
  duties,
  status,
  entrance,
  work,
  documents,
  log,
  'command-line': commandLine,
  maintenance,
} as const satisfies Record<string, readonly Attack[]>

export type Part = keyof typeof attacks
