import { toMultikey } from '../../src/keys/public-key.ts'
import {
  type Client,
  delegate,
  generatePrivateJwk,
  type Holder,
  makeClient,
  present,
  proveKey,
  read,
  signDelegation,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { attempts } from './attempts.ts'
import { call, type Handlers, type Json, serve } from './wire.ts'

/**
 * One agent in a process of its own, with its own key: `node agent.ts <role>`. It prints its URL on
 * its first line, and is called over HTTP.
 */
const role = process.argv[2]!
const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
let me: Holder
let procura: Client

const common: Handlers = {
  '/prove': ({ agent, challenge }) => proveKey(agent, challenge, signer),
  '/assigned': async ({ did, url }) => {
    const verificationMethod = `${did}#${toMultikey(signer.publicKey)}`
    me = { did, signer, verificationMethod }
    procura = makeClient(url, me)
  },
}

/** Presents a chain to the archive, and states what it wants to do there. */
async function act(archive: string, chain: Json[], request: Json): Promise<Json> {
  const challenge = await call(archive, '/challenge')
  return call(archive, '/act', { presentation: await present(me, chain, challenge), ...request })
}

const report = 'db://archive/reports/quarter'
const source = 'db://archive/sources/interviews'
const request = { purpose: 'quarterly-report', datatypes: ['text'] }
const writing = { ...request, action: 'update', resource: report, args: { text: 'All is well.' } }

/** Keeps documents, and asks Procura whether a visitor may do what it wants. */
const documents = new Map<string, string>([[source, 'Everybody says that all is well.']])
const archive: Handlers = {
  '/challenge': () => read(procura.challenges.$post({ json: { audience: me.did } })),
  '/act': async ({ presentation, action, resource, purpose, datatypes, args }) => {
    const decision = await read(
      procura.decisions.$post({
        json: { presentation, action, resource, purpose, datatypes, args, observed: { risk: 10 } },
      }),
    )
    if (decision.decision === 'deny') return { done: false, reason: decision.reason }
    if (action === 'update') documents.set(resource, args.text)
    return { done: true, text: documents.get(resource) }
  },
}

const orchestrator: Handlers = {
  // The service reserves status entries: this link can be revoked alone.
  '/work': async ({ chain, archive, researcher, writer }) => {
    const prepared = await read(
      procura.delegations.$post({
        json: {
          chain,
          subject: researcher.did,
          grants: [
            {
              ...grantsOf(chain)[0],
              id: 'sources',
              from: 'archive',
              locations: ['db://archive/sources/'],
              actions: ['read'],
            },
            {
              ...grantsOf(chain)[0],
              id: 'report',
              from: 'archive',
              locations: ['db://archive/reports/'],
              actions: ['update', 'delete'],
            },
          ],
          delegation: {
            remainingDepth: 1,
            allowedSubjects: [writer.did, researcher.did],
            nonDelegable: [{ grant: 'report', actions: ['delete'] }],
          },
        },
      }),
    )
    const toResearcher = await signDelegation(me, prepared.credential as Json)
    const handed = { chain: [...chain, toResearcher], archive, writer }
    return { link: prepared.id, handed, ...(await call(researcher.url, '/work', handed)) }
  },
}

const grantsOf = (chain: Json[]): Json[] => chain.at(-1).credentialSubject.permission.grants
const toWriter = (chain: Json[], writer: Json) => ({
  subject: writer.did,
  grants: [
    { ...grantsOf(chain)[1], id: 'text', from: 'report', locations: [report], actions: ['update'] },
  ],
})

const researcher: Handlers = {
  '/work': async ({ chain, archive, writer }) => {
    const found = await act(archive, chain, { ...request, action: 'read', resource: source })
    const handed = [...chain, await delegate(me, chain.at(-1), toWriter(chain, writer))]
    return {
      found,
      handedOn: handed,
      written: await call(writer.url, '/write', { chain: handed, archive }),
    }
  },
  // What a rogue researcher would sign. The library refuses, so it is signed by hand.
  '/widen': async ({ chain, archive, writer, archiveDid, stranger, axis, presenter }) => {
    const good = await delegate(me, chain.at(-1), toWriter(chain, writer))
    const { proof: _, ...document } = structuredClone(good) as Json
    attempts
      .find((attempt) => attempt.axis === axis)!
      .change(document, { archive: archiveDid, stranger })
    const forged = [...chain, await signDelegation(me, document)]
    return call(presenter, '/write', { chain: forged, archive })
  },
  '/write': ({ chain, archive }) => act(archive, chain, writing),
}

const writer: Handlers = {
  '/write': ({ chain, archive }) => act(archive, chain, writing),
  '/delete': ({ chain, archive }) =>
    act(archive, chain, { ...request, action: 'delete', resource: report }),
  /** The same presentation twice. */
  '/write-twice': async ({ chain, archive }) => {
    const challenge = await call(archive, '/challenge')
    const presentation = await present(me, chain, challenge)
    const send = () => call(archive, '/act', { presentation, ...writing })
    return { first: await send(), second: await send() }
  },
}

const stranger: Handlers = {
  /** With another agent's credentials. */
  '/write': ({ chain, archive }) => act(archive, chain, writing),
  /** In the name of their holder, but with another key. */
  '/forge': async ({ chain, archive, did }) => {
    const challenge = await call(archive, '/challenge')
    const presentation = await present(
      { did, signer, verificationMethod: `${did}#${did.slice('did:key:'.length)}` },
      chain,
      challenge,
    )
    return call(archive, '/act', { presentation, ...writing })
  },
}

const roles: Readonly<Record<string, Handlers>> = {
  archive,
  orchestrator,
  researcher,
  writer,
  stranger,
}
console.log(await serve({ ...common, ...roles[role] }))
