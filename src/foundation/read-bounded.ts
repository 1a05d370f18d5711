import { concatBytes } from './encoding.ts'

/**
 * Reads a stream to its end. Undefined, without reading further, if it exceeds `maxBytes`.
 *
 * @param onBytes is called with each chunk; if it throws, reading stops.
 */
export async function readBounded(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for (const reader = stream?.getReader(); reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      return undefined
    }
    try {
      onBytes(value.length)
    } catch (error) {
      await reader.cancel()
      throw error
    }
    chunks.push(value)
  }
  return concatBytes(...chunks)
}
