/** Whether 64 bytes are the Ed25519 signature over `data` by the key of these 32 bytes. */
export type Ed25519Check = (signature: Uint8Array, data: Uint8Array, key: Uint8Array) => boolean

/** Loading takes a dozen milliseconds, and saves a twentieth of one with each check. */
const worthLoading = 64

let asked = 0
let check: Ed25519Check | undefined

/**
 * libsodium's check of Ed25519, which takes less than half as long as OpenSSL's and gives the same
 * verdicts behind the checks of `verifySignature`. It is there once this process has asked often
 * enough for it to pay, and never where the optional package is not installed or has no build for
 * the platform.
 */
export function sodiumCheck(): Ed25519Check | undefined {
  if (check === undefined && ++asked === worthLoading) void loadSodium()
  return check
}

/** @returns undefined where it cannot be had. */
export async function loadSodium(): Promise<Ed25519Check | undefined> {
  try {
    const { default: sodium } = await import('sodium-native')
    check = sodium.crypto_sign_verify_detached
  } catch {
    // OpenSSL does it, as before.
  }
  return check
}
