import { agentSummary, offeredAgent } from './agents.ts'
import { describedHandOver, handOver } from './hand-overs.ts'
import type { Operations } from './operation.ts'
import { pageOf } from './values.ts'

export const handOverOperations = {
  'POST /agents/:id/hand-over': { id: 'handOverAgent', answer: offeredAgent },
  'GET /hand-overs': { id: 'listHandOvers', answer: pageOf('HandOverPage', handOver) },
  'GET /agents/:id/hand-over': { id: 'getHandOver', answer: describedHandOver(agentSummary) },
  'POST /agents/:id/hand-over/accept': { id: 'acceptHandOver', answer: offeredAgent },
  'POST /agents/:id/hand-over/decline': { id: 'declineHandOver', answer: handOver },
  'POST /agents/:id/hand-over/withdraw': { id: 'withdrawHandOver', answer: handOver },
} as const satisfies Operations
