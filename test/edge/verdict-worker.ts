import { webCompression, webCrypto } from '../../src/adapters/crypto/web.ts'
import { type Case, makeJudge } from './verdicts.ts'

/** Judges cases in workerd, for the differential test. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { issuer, cases } = (await request.json()) as { issuer: string; cases: readonly Case[] }
    const judge = makeJudge(webCrypto, webCompression, issuer)
    const verdicts: string[] = []
    for (const one of cases) verdicts.push(await judge(one))
    return Response.json(verdicts)
  },
}
