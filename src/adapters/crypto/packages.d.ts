/** The part used here of a package that ships no types. */
declare module 'sodium-native' {
  const sodium: {
    /** @throws Error for a signature or key of another length. */
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array,
    ): boolean
  }
  export default sodium
}
