import { deepStrictEqual } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/composition/config.ts'
import type { Did } from '../../src/did/syntax.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { startService } from '../../src/runtimes/node/service.ts'
import {
  generatePrivateJwk,
  holderFrom,
  present,
  proveKey,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { generateClients } from './generate.ts'
import { installTools, runTool, toolsFolder } from './tools.ts'

/**
 * `npm run test:openapi`: the interface's document passes two linters without a warning, two
 * generators make clients of it that compile, and one of them tells the README's story.
 */

const told = [
  'presentation: allow',
  'read: allow',
  'update: action_not_granted',
  'read: revoked',
  'revoked because of: order, task',
  'credential: revoked',
  'what does not exist: Not found',
]

installTools()
const folder = mkdtempSync(join(tmpdir(), 'procura-openapi-'))
const service = await startService(
  readConfig({ PROCURA_PORT: '0', PROCURA_DATA: join(folder, 'data') }),
  { writer: { write: () => undefined, flush: () => undefined } },
)
try {
  const document = join(folder, 'openapi.json')
  writeFileSync(document, await (await fetch(`${service.url}/openapi.json`)).text())
  runTool('redocly', 'lint', '--config', join(toolsFolder, 'redocly.yaml'), document)
  const ruleset = join(toolsFolder, '.spectral.yaml')
  runTool('spectral', 'lint', '--ruleset', ruleset, '--fail-severity', 'hint', document)
  const { tellStory } = await import(generateClients(document, folder))
  const signer = signerFromJwk(await generatePrivateJwk())
  deepStrictEqual(
    await tellStory(service.url, service.adminToken, {
      proveKey: (id: string, challenge: string) => proveKey(id, challenge, signer),
      present: (did: Did, credential: JsonObject, challenge: { challenge: string; domain: Did }) =>
        present(holderFrom(did, signer), [credential], challenge),
    }),
    told,
  )
  console.log(`The generated client told the story:\n${told.join('\n')}`)
} finally {
  await service.stop()
  rmSync(folder, { recursive: true, force: true })
}
