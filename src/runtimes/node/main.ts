import './tested-node.ts'
import { boundYoungGeneration } from './young-generation.ts'

// Nothing of the service is loaded before the process has its final flags.
boundYoungGeneration()
const { runService } = await import('./run-service.ts')
await runService()
