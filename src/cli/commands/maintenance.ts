import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type JsonValue, parseJson } from '../../foundation/json.ts'
import { outputOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** Maintenance of the service's data. Settings come from the same environment. */
export function maintenanceCommands(program: Command): void {
  program
    .command('backup')
    .description(
      'copy the database of a data folder into a file, even while the service runs; keep the master key elsewhere, since it is not included',
    )
    .requiredOption('--out <file>')
    .option('--data <folder>', 'the data folder', process.env.PROCURA_DATA ?? 'data')
    .action(async ({ out, data }: { out: string; data: string }, command: Command) => {
      await needTestedNode()
      const { backUp } = await import('../../maintenance/backup.ts')
      await backUp(data, out, (share) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${Math.round(share * 100)} %`)
      })
      outputOf(command).show({ file: out }, [`${out} holds the database at one moment`])
    })
  program
    .command('restore')
    .description(
      'put a backup into an empty data folder and make it safe to serve: old status lists are sealed, and entries not known to be good are revoked',
    )
    .option(
      '--from <file>',
      'the backup; for D1, the output of `wrangler d1 export`; omit it for PostgreSQL, which its own tools restore first',
    )
    .option(
      '--out <file>',
      'for D1: file for the sealed database, for `wrangler d1 execute --file` on a new one',
    )
    .option('--list <file...>', 'status lists fetched after the backup: their entries are kept', [])
    .action(
      async (
        { from, out, list }: { from?: string; out?: string; list: readonly string[] },
        command: Command,
      ) => {
        if (out !== undefined && from === undefined)
          throw new UsageError('give the export of D1 with --from')
        await needTestedNode()
        const { readConfig } = await import('../../composition/config.ts')
        const { restore, restoreD1 } = await import('../../maintenance/backup.ts')
        const newer = list.map((file): JsonValue => parseJson(readFileSync(file)))
        const config = readConfig(process.env)
        const report =
          out === undefined
            ? await restore(config, from, newer)
            : await restoreD1(config, from!, out, newer)
        outputOf(command).show({ ...report }, [
          `Status lists sealed      ${report.sealedLists}`,
          `known from newer lists   ${report.renewedLists}`,
          `Entries revoked          ${report.revoked}`,
          `Entries learned          ${report.learned}`,
          'New credentials go into new lists. Agents and API keys are as at the backup: review them.',
        ])
      },
    )
  program
    .command('admin-key')
    .description(
      'create a new administrator in the database itself, if no administrator can act any more; recorded in the audit log',
    )
    .option('--name <name>', 'of the new person', 'Administrator')
    .option('--out <file>', 'a new file of mode 0600 for the key; default: print it')
    .action(async ({ name, out }: { name: string; out?: string }, command: Command) => {
      await needTestedNode()
      const { readConfig } = await import('../../composition/config.ts')
      const { addAdministrator } = await import('../../maintenance/add-administrator.ts')
      const { token, person, apiKey } = await addAdministrator(readConfig(process.env), name, out)
      outputOf(command).show(
        { person, apiKey, ...(out === undefined ? { token } : { file: out }) },
        [
          out === undefined ? token : `${out} holds the key`,
          `It is shown only now. It belongs to the new person ${person}: rename them, and give your administrators keys of their own.`,
        ],
      )
    })
  program
    .command('reseal')
    .description(
      'seal all private keys under PROCURA_MASTER_KEY instead of PROCURA_PREVIOUS_MASTER_KEY, while the service runs; may be interrupted and repeated',
    )
    .action(async (_options, command: Command) => {
      await needTestedNode()
      const { readConfig } = await import('../../composition/config.ts')
      const { reseal } = await import('../../maintenance/reseal.ts')
      const keys = await reseal(readConfig(process.env))
      outputOf(command).show({ resealed: keys }, [
        `${keys} keys were sealed again: none needs the previous master key any more`,
      ])
    })
}

/** Ends the process on an older Node, before anything loads that such a Node lacks. */
const needTestedNode = () => import('../../runtimes/node/tested-node.ts')
