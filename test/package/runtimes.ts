import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { startWorkerd } from '../edge/workerd.ts'
import type { Service } from './stage.ts'

/** What the story of story.js told, and how long the first verification took. */
export interface Told {
  readonly milliseconds: number
  readonly [member: string]: unknown
}

export type Credentials = Pick<Service, 'url' | 'apiKey'>

/** Runs the story as a process of its own, by Node, Bun or Deno. */
export function tellByProcess(
  command: readonly [string, ...string[]],
  folder: string,
  service: Credentials,
): Told {
  const [program, ...args] = command
  const output = execFileSync(program, [...args, 'run-story.js', JSON.stringify(service)], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return JSON.parse(output.trim().split('\n').at(-1)!) as Told
}

/** Writes what tells the story into a consumer's folder. */
export function putStory(folder: string): void {
  writeFileSync(join(folder, 'story.js'), readFileSync('test/package/story.js'))
  writeFileSync(
    join(folder, 'run-story.js'),
    `import { tellStory } from './story.js'
for (const entry of ['client', 'holder', 'verifier', 'hono']) await import('@procura/sdk/' + entry)
console.log(JSON.stringify(await tellStory(JSON.parse(process.argv.at(-1)))))
`,
  )
}

/** Runs the story in a Worker that Wrangler bundles. */
export async function tellInWorkerd(folder: string, service: Credentials): Promise<Told> {
  writeFileSync(
    join(folder, 'worker.js'),
    `import { tellStory } from './story.js'
export default {
  async fetch(request) {
    const told = await tellStory(await request.json()).catch((error) => ({ error: error.stack }))
    return Response.json(told)
  },
}
`,
  )
  const config = join(folder, 'wrangler.toml')
  writeFileSync(config, 'name = "story"\nmain = "worker.js"\ncompatibility_date = "2026-10-01"\n')
  const workerd = await startWorkerd(config, {})
  try {
    const response = await fetch(workerd.url, { method: 'POST', body: JSON.stringify(service) })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Told
  } finally {
    await workerd.stop()
  }
}

/**
 * Runs the story in a page of Chromium, from a bundle.
 *
 * @param startBrowser opens a URL and returns how to close it.
 * @param startService starts a service whose public URL is the page's origin.
 */
export async function tellInBrowser(
  folder: string,
  startBrowser: (url: string) => () => void,
  startService: (publicUrl: string) => Promise<Service>,
): Promise<Told> {
  const bundle = join(folder, 'bundle')
  await build({
    entryPoints: [join(folder, 'story.js')],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    outdir: bundle,
  })
  let service: Service | undefined
  let tell: (told: Told) => void
  const told = new Promise<Told>((resolve) => {
    tell = resolve
  })
  const server = createServer(async (incoming, outgoing) => {
    const path = incoming.url!
    if (path === '/page') outgoing.setHeader('content-type', 'text/html').end(page)
    else if (path.startsWith('/bundle/'))
      outgoing
        .setHeader('content-type', 'text/javascript')
        .end(readFileSync(join(bundle, path.slice('/bundle/'.length))))
    else if (path === '/told') {
      tell(JSON.parse(await textOf(incoming)) as Told)
      outgoing.end()
    } else {
      // Everything else goes to the service: page and service have one origin.
      const { method, headers } = incoming
      const target = request(new URL(path, service!.url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(outgoing)
      })
      incoming.pipe(target)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  service = await startService(origin)
  const page = `<!doctype html><script type="module">
    import { tellStory } from '/bundle/story.js'
    const told = await tellStory({ url: location.origin, apiKey: ${JSON.stringify(service.apiKey)} })
      .catch((error) => ({ error: String(error), stack: error.stack }))
    await fetch('/told', { method: 'POST', body: JSON.stringify(told) })
  </script>`
  const closeBrowser = startBrowser(`${origin}/page`)
  try {
    return await told
  } finally {
    closeBrowser()
    server.close()
    await service.stop()
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) text += chunk
  return text
}
