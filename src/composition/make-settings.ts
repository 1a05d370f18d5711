import type { Settings } from '../deps.ts'
import { didWeb } from '../did/methods/web.ts'
import { utf8 } from '../foundation/encoding.ts'
import { hmacSha256 } from '../keys/hmac.ts'
import type { Platform } from './make-deps.ts'

/** @param restoration voids challenges from before a restoration. */
export async function makeSettings(
  {
    publicUrl,
    masterKey,
    previousMasterKey: previous,
    defaultIssuer,
    unusedDays,
    auditDays,
    crypto,
  }: Platform,
  restoration: string | undefined,
): Promise<Settings> {
  const purpose = utf8(['procura challenges', restoration ?? []].flat().join(' '))
  const challengeKey = async (key: Uint8Array) => hmacSha256(key, purpose, crypto)
  return {
    publicUrl,
    ownDid: didWeb(publicUrl),
    auditOrigin: `${new URL(publicUrl).host}/audit`,
    challengeKeys: [
      await challengeKey(masterKey),
      ...(previous ? [await challengeKey(previous)] : []),
    ],
    defaultIssuer,
    unusedDays,
    auditDays,
  }
}
