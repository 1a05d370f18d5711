import type { Command } from 'commander'
import { outputOf } from '../session.ts'

export function serviceCommands(program: Command): void {
  program
    .command('init')
    .description(
      'create the data folder, keys, first issuer and administrator key; prints the key once',
    )
    .action(async (_options, command: Command) => {
      // Loaded only here: other commands start in a fraction of the time without the service.
      await import('../../runtimes/node/tested-node.ts')
      const { readConfig } = await import('../../composition/config.ts')
      const { startService } = await import('../../runtimes/node/service.ts')
      const config = readConfig(process.env)
      const service = await startService({
        ...config,
        port: config.publicUrl ? 0 : config.port,
        logLevel: 'silent',
      })
      await service.stop()
      const data = 'folder' in config.storage ? config.storage.folder : 'PostgreSQL'
      const { adminToken = null, publicUrl } = service
      outputOf(command).show({ data, publicUrl, adminKey: adminToken }, [
        `Data          ${data}`,
        `Public URL    ${publicUrl}`,
        ...(adminToken
          ? [
              `Administrator ${adminToken}`,
              '',
              `The key is shown only now. Keep it: export PROCURA_KEY=${adminToken}`,
            ]
          : ['It exists already: nothing was changed.']),
      ])
    })
  program
    .command('serve')
    .description(
      'run the service until SIGTERM; settings come from the environment: see docs/configuration.md',
    )
    .action(async () => {
      await import('../../runtimes/node/main.ts')
    })
}
