import { gunzipSync, gzipSync } from 'node:zlib'

/**
 * The tested version; older ones accept Ed25519 signatures that this one refuses. Imported before
 * anything else.
 */
const tested = 24

if (Number(process.versions.node.split('.')[0]) < tested) refuse(`Node ${tested} or newer`)
if (!knowsWhereStreamsEnd())
  refuse(`a newer Node ${tested}, whose zlib supports rejectGarbageAfterEnd`)

/** The first releases ignored the option, and then read on in a status list where others stop. */
function knowsWhereStreamsEnd(): boolean {
  const member = gzipSync('')
  try {
    gunzipSync(Buffer.concat([member, member]), { rejectGarbageAfterEnd: true })
    return false
  } catch {
    return true
  }
}

function refuse(needed: string): never {
  console.error(
    `procura: the service needs ${needed}, and this is Node ${process.versions.node}. Commands that only call a service run from Node 20.`,
  )
  process.exit(2)
}
