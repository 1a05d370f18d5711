/** Whether 64 bytes are an Ed25519 signature over `data` by the key of these 32 bytes. */
export type Ed25519Check = (signature: Uint8Array, data: Uint8Array, key: Uint8Array) => boolean

/** Loading takes a dozen milliseconds, and saves a twentieth of one with each verification. */
const worthLoading = 64

let asked = 0
let check: Ed25519Check | undefined

/**
 * libsodium's Ed25519 verification takes less than half of OpenSSL's time and gives the same
 * results behind the checks of `verifySignature`. It is loaded once this process has verified
 * enough for it to pay, and never if the optional package is not installed or has no build for the
 * platform.
 */
export function sodiumCheck(): Ed25519Check | undefined {
  if (check === undefined && ++asked === worthLoading) void loadSodium()
  return check
}

/** @returns undefined if it is not available. */
export async function loadSodium(): Promise<Ed25519Check | undefined> {
  try {
    const { default: sodium } = await import('sodium-native')
    check = sodium.crypto_sign_verify_detached
  } catch {
    // OpenSSL continues to verify.
  }
  return check
}
