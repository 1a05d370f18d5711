import { expect, test } from 'vitest'
import { flawsOf, simulateOrganization } from '../../sim/organization.ts'

test('weeks of an organization’s work leave it clean, and no forbidden way is open', {
  timeout: 120_000,
}, async () => {
  const outcome = await simulateOrganization({
    agents: 20,
    weeks: 6,
    seed: 7,
    onProgress: () => undefined,
  })

  expect(flawsOf(outcome)).toEqual([])
  expect(outcome.shortcuts.map(({ tried }) => tried)).toEqual(
    expect.arrayContaining([
      'an owner approves for their own agent',
      'and again under a second identity',
      'an approval is used after an edit',
      'a stage is approved after its deadline',
      'a duty is delegated to an agent of whoever has the other',
      'an owner reviews alone',
    ]),
  )
  expect(outcome.live.permissions).toBeGreaterThan(0)
})
