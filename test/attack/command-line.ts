import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Attack, judge } from './attack.ts'
import { until } from './moves.ts'
import { run, temporary } from './run.ts'
import type { Stage } from './stage.ts'

/** The command line as an administrator of the service runs it, in a folder of its own. */
async function administrator(stage: Stage) {
  const target = await stage.service()
  const folder = temporary(stage)
  const environment = { PROCURA_URL: target.url, PROCURA_KEY: target.apiKey }
  return {
    target,
    folder,
    procura: (...args: readonly string[]) => run('src/cli/main.ts', args, environment, folder),
  }
}

/** What a terminal takes for a command, or for another line. */
const commanding = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

const nasty = (mark: string) => [
  `${mark}a\u001b]0;owned\u0007`,
  `${mark}b\u001b[2J`,
  `${mark}c\n01a00000-0000-7000-8000-000000000000  forged  active`,
  `${mark}d\u009b2J`,
  `${mark}e\u202egnp.exe`,
  `${mark}f\u2028x`,
]

async function playTerminal(stage: Stage) {
  const { target, procura } = await administrator(stage)
  const owner = (await target.person('Olga')).id
  const mark = `m${crypto.randomUUID().slice(0, 8)}`
  const statuses: number[] = []
  for (const name of nasty(mark)) {
    const body = { name, owner, custody: 'service' }
    statuses.push((await target.raw('POST', '/agents', { body })).status)
    await target.raw('POST', '/tasks', { body: { purpose: name } })
  }
  const plain = await target.raw('POST', '/agents', {
    body: { name: `${mark} Zoë`, owner, custody: 'service' },
  })
  const listed = await procura('agent', 'list')
  const json = await procura('--json', 'agent', 'list')
  const tasks = await procura('task', 'list')
  const reason = await procura('agent', 'suspend', plain.json.id)
  const rows = (text: string) => text.split('\n').filter((line) => line.includes('forged  active'))
  const isForged = rows(listed.out).some((line) => !line.includes(mark))
  return judge(
    {
      [`names with control characters (${statuses}) reach the terminal`]:
        commanding.test(listed.out) || commanding.test(tasks.out) || commanding.test(reason.out),
      'a name forges a row of the list': isForged,
      'a name reaches the terminal in --json': commanding.test(json.out),
    },
    {
      'an ordinary name is listed': listed.out.includes(`${mark} Zoë`),
      '--json is one value': JSON.parse(json.out).items.length > 0,
    },
  )
}

async function playCollector(stage: Stage) {
  const { target, folder, procura } = await administrator(stage)
  const agent = await target.agent()
  const reason = 'x\u001b[2J\u2028cs1=forged\u0085y'
  const suspend = (reason: string) =>
    target.raw('POST', `/agents/${agent.id}/suspend`, { body: { reason } })
  // Where that is refused, with what may stand in a reason and yet not in a line as it is.
  if ((await suspend(reason)).status === 400) await suspend('x\u202ecs1=forged\u2066y')
  await until(
    true,
    4_000,
    async () => (await target.raw('GET', '/audit?type=agent.suspended')).json.events.length > 0,
  )
  const stream = ['audit', 'stream', '--to', 'siem', '--format', 'cef', '--name', 'collector']
  const streamed = await procura(...stream)
  const text = existsSync(join(folder, 'siem')) ? readFileSync(join(folder, 'siem'), 'utf8') : ''
  return judge(
    { 'control characters of a reason reach the collector': commanding.test(text) },
    {
      [`the log is streamed: ${streamed.code}`]: streamed.code === 0,
      'the suspension is in it': text.includes('agent.suspended'),
    },
  )
}

async function playKeyFile(stage: Stage) {
  const { target, folder, procura } = await administrator(stage)
  const file = join(folder, 'x.key')
  await procura('key', 'create', '--out', file)
  chmodSync(file, 0o644)
  const owner = (await target.person()).id
  const made = await procura(
    '--json',
    'agent',
    'create',
    '--name',
    'x',
    '--owner',
    owner,
    '--key',
    file,
  )
  const mode = (statSync(file).mode & 0o777).toString(8)
  return judge(
    {
      [`the key file that was readable by all is of mode ${mode}`]:
        made.code === 0 && mode !== '600',
    },
    { [`the agent is made: ${made.code}`]: made.code === 0 },
  )
}

export const commandLine: readonly Attack[] = [
  {
    finding: 'M13',
    title: 'names speak to the administrator’s terminal',
    isLarge: true,
    play: playTerminal,
  },
  {
    finding: 'L10',
    title: 'a reason speaks to the collector of the log',
    isLarge: true,
    play: playCollector,
  },
  {
    finding: 'L13',
    title: 'a key file that others can read stays readable after a key was put into it',
    isLarge: true,
    play: playKeyFile,
  },
]
