import { concatBytes } from './encoding.ts'

/**
 * Reads a stream to its end. Undefined, and no further read, once it has given more than `maxBytes`.
 *
 * @param onBytes is told of every chunk; what it throws ends the reading.
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
