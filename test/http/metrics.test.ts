import { expect, test } from 'vitest'
import { makeMetrics } from '../../src/http/metrics.ts'

test('whatever a label contains stays in it: it makes no label, line or metric of its own', () => {
  const metrics = makeMetrics({ usage: () => new Map() })

  metrics.count('procura_decisions_total', {
    decision: 'deny',
    reason: 'a"} 1\nprocura_break_glass_total{} 9\\' as never,
  })

  const lines = metrics.text().split('\n')
  expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    String.raw`procura_decisions_total{decision="deny",reason="a\"} 1\nprocura_break_glass_total{} 9\\"} 1`,
  ])
})
