import './tested-node.ts'
import { boundHeap } from './bounded-heap.ts'

// Nothing of the service is loaded before the process has its final flags.
boundHeap()
const { runService } = await import('./run-service.ts')
await runService()
