import { agentExamples } from './agents.ts'
import { credentialExamples } from './credentials.ts'
import type { Examples } from './example.ts'
import { governanceExamples } from './governance.ts'

/** Examples of the operations that are used most. */
export const examples: Examples = {
  ...agentExamples,
  ...credentialExamples,
  ...governanceExamples,
}
