import type { Stage } from './stage.ts'

export type Outcome = { readonly held: true } | { readonly held: false; readonly what: string }

/** One thing that an attacker did once, and what else must work beside it. */
export interface Attack {
  /** Its number in the list of what was found. */
  readonly finding: string
  /** What is tried, as a sentence without a full stop. */
  readonly title: string
  /** Whether it needs more than the service that all share: processes of its own, PostgreSQL, workerd, or a long wait. */
  readonly isLarge?: true
  play(stage: Stage): Promise<Outcome>
}

/** Whether something that is described came about. */
export type Observations = Readonly<Record<string, boolean>>

/**
 * An attack is held if the attacker got nothing of what it was after, and the honest twins of what
 * it did work: a service that denies everything holds nothing.
 *
 * @param gained what the attacker was after.
 * @param works what others must still get.
 */
export function judge(gained: Observations, works: Observations): Outcome {
  const faults = [
    ...Object.entries(gained).flatMap(([what, happened]) => (happened ? [what] : [])),
    ...Object.entries(works).flatMap(([what, happened]) =>
      happened ? [] : [`the honest twin fails: ${what}`],
    ),
  ]
  return faults.length === 0 ? { held: true } : { held: false, what: faults.join('; ') }
}

/** Plays an attack; one that cannot be played to its end has shown nothing, and counts as broken. */
export async function play(attack: Attack, stage: Stage): Promise<Outcome> {
  const outcome = await attack.play(stage).catch((error: Error) => ({
    held: false as const,
    what: `it could not be played: ${error.message}`,
  }))
  await stage.clear()
  // What broke it may break it for others.
  if (!outcome.held) await stage.spoil()
  return outcome
}
