import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { writeD1Dump } from '../../src/adapters/storage/d1/d1-dump.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { type Attack, judge } from './attack.ts'
import { run, temporary } from './run.ts'
import { sharedKeys } from './service.ts'
import type { Stage } from './stage.ts'

async function playDump(stage: Stage) {
  const folder = temporary(stage)
  const outside = join(folder, 'outside.db')
  const environment = {
    PROCURA_PUBLIC_URL: 'https://iam.acme.example',
    ...sharedKeys,
  }
  const restore = async (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    const args = ['restore', '--from', name, '--out', `${name}.out`]
    return run('src/cli/main.ts', args, environment, folder)
  }
  // Some quotes are none to whoever knows the others only.
  const hidden = (open: string, close: string) =>
    `CREATE TABLE ${open}a'${close} (x);COMMIT;ATTACH DATABASE [${outside}] AS e;CREATE TABLE e.t (x);BEGIN;CREATE TABLE ${open}b'${close} (x);\n`
  const tried = [
    await restore('brackets.sql', hidden('[', ']')),
    await restore('backquotes.sql', hidden('`', '`')),
  ]
  const selected = 'CREATE TABLE t AS SELECT sqlite_version() AS v;\n'
  const asSelect = await restore('select.sql', selected)
  const isOutside = existsSync(outside)
  const honest = await restore('good.sql', await dumpOf(stage, folder))
  return judge(
    {
      [`a dump made a file outside of the database (${tried.map(({ code }) => code)})`]: isOutside,
      [`a table is made by a query: ${asSelect.error.trim()}`]:
        asSelect.code === 0 || /d1_migrations/.test(asSelect.error),
    },
    { [`a dump of ours is restored: ${honest.error.trim()}`]: honest.code === 0 },
  )
}

/** What D1 would export of a service's database. */
async function dumpOf(stage: Stage, folder: string): Promise<string> {
  const target = await stage.start()
  const file = join(folder, 'backup.db')
  const args = ['backup', '--data', target.folder, '--out', file]
  const made = await run('src/cli/main.ts', args, {}, folder)
  if (made.code !== 0) throw new Error(made.error)
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)')
  database.close()
  const dump = join(folder, 'dump.sql')
  writeD1Dump(file, dump, loadMigrations())
  return readFileSync(dump, 'utf8')
}

async function playFaults(stage: Stage) {
  const target = await stage.service()
  const trial = async (policy: string) =>
    (await target.raw('POST', '/policies/trial', { body: { name: 'tried', policy } })).status
  const wrong = [
    'permit(principal, action, resource) when { context.purpose.like };',
    'permit(principal, action, resource) when { 99999999999999999999 > 1 };',
    'permit(principal, action, resource) when { "\\u{110000}" == context.purpose };',
    `permit(principal, action, resource) when { ${'!'.repeat(3_000)}true };`,
    `permit(principal, action, resource) when { ${'if true then '.repeat(300)}true };`,
    `permit(principal, action, resource) when { context.purpose in ${'['.repeat(500)}${']'.repeat(500)} };`,
  ]
  const statuses: number[] = []
  for (const policy of wrong) statuses.push(await trial(policy))
  const folder = temporary(stage)
  const started = await run(
    'src/runtimes/node/main.ts',
    [],
    {
      PROCURA_DATABASE_URL: 'postgres://procura@127.0.0.1:1/none',
      PROCURA_PUBLIC_URL: 'https://iam.acme.example',
      PROCURA_PORT: '0',
      ...sharedKeys,
    },
    folder,
  )
  const honest = await trial('permit(principal, action, resource);')
  return judge(
    {
      [`policies that are at fault are answered ${statuses}`]: statuses.some((one) => one >= 500),
      'a database that is not there ends the start with a stack trace': /\n\s+at /.test(
        started.error,
      ),
    },
    {
      [`a sound policy is tried: ${honest}`]: honest === 200,
      [`a start without its database ends with a sentence: ${started.error.trim().split('\n').at(-1)}`]:
        started.code !== 0 && started.error.includes('cannot start'),
    },
  )
}

export const maintenance: readonly Attack[] = [
  {
    finding: 'L3',
    title: 'a dump of D1 that is restored runs other statements',
    isLarge: true,
    play: playDump,
  },
  {
    finding: 'L17',
    title: 'texts that are at fault are answered as faults of the service',
    isLarge: true,
    play: playFaults,
  },
]
