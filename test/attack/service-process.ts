import '../../src/runtimes/node/tested-node.ts'
import { readConfig } from '../../src/composition/config.ts'
import { startService } from '../../src/runtimes/node/service.ts'

/** The service as `npm start` starts it, but for a clock that whoever started the process can move. */
let offset = 0
process.on('message', (milliseconds: number) => {
  offset += milliseconds
  process.send!('moved')
})

const service = await startService(readConfig(process.env), { clock: () => Date.now() + offset })
process.once('SIGTERM', () => service.stop().then(() => process.exit(0)))
