import { afterAll, expect, test } from 'vitest'
import { attacks } from './all.ts'
import { play } from './attack.ts'
import { makeStage } from './stage.ts'

// `npm run test:attack` plays all of them; here those that need no more than one started service.
const stage = makeStage()
afterAll(() => stage.close())

const small = Object.values(attacks)
  .flat()
  .filter(({ isLarge }) => !isLarge)

test.each(small.map((attack) => [attack.title, attack] as const))(
  'held, and its honest twin works: %s',
  async (_title, attack) => {
    expect(await play(attack, stage)).toEqual({ held: true })
  },
)
