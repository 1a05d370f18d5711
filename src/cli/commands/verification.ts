import type { Command } from 'commander'
import type { JsonObject } from '../../foundation/json.ts'
import { read } from '../../sdk/index.ts'
import { fields } from '../output.ts'
import { readJsonFile, saveJson, sessionOf } from '../session.ts'

/** Challenges, verification and decisions: the verifier's side. */
export function verificationCommands(program: Command): void {
  program
    .command('challenge')
    .description('request a challenge for an audience that you represent')
    .requiredOption('--audience <did>')
    .action(async ({ audience }: { audience: `did:${string}` }, command: Command) => {
      const { client, output } = sessionOf(command)
      const made = await read(client.challenges.$post({ json: { audience } }))
      output.show(made, fields(made))
    })

  program
    .command('derive')
    .description('derive a credential (ecdsa-sd-2023) that reveals only what you select')
    .argument('<file>', '"-" for standard input')
    .option(
      '--reveal <pointer...>',
      'JSON pointers to what is revealed besides the mandatory part',
      [],
    )
    .option('--out <file>')
    .action(
      async (
        file: string,
        { reveal, out }: { reveal: string[]; out?: string },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const { verifiableCredential } = await read(
          client.credentials.derive.$post({
            json: {
              verifiableCredential: readJsonFile(file),
              options: { selectivePointers: reveal },
            },
          }),
        )
        saveJson(out, verifiableCredential as JsonObject, output, {})
      },
    )

  program
    .command('verify')
    .description(
      'verify a credential, or a presentation with its --challenge; exits with 1 if it may not be relied on',
    )
    .argument('<file>', '"-" for standard input')
    .option('--challenge <text>')
    .option('--domain <did>')
    .action(
      async (
        file: string,
        { challenge, domain }: { challenge?: string; domain?: string },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const json = readJsonFile(file)
        const verdict =
          challenge === undefined
            ? await read(client.credentials.verify.$post({ json: { verifiableCredential: json } }))
            : await read(
                client.presentations.verify.$post({
                  json: {
                    verifiablePresentation: json,
                    options: { challenge, ...(domain === undefined ? {} : { domain }) },
                  },
                }),
              )
        const { verified, decision, reason, statusAge, problemDetails } = verdict
        output.show(
          verdict,
          fields({ verified, decision, reason, detail: problemDetails[0]?.detail, statusAge }),
        )
        if (decision !== 'allow') process.exitCode = 1
      },
    )

  program
    .command('decide')
    .description('decide whether the presenter may do what it asks; exits with 1 for deny')
    .requiredOption('--presentation <file>', '"-" for standard input')
    .requiredOption('--action <verb>')
    .requiredOption('--resource <location>')
    .requiredOption('--purpose <name>')
    .option('--datatype <name...>')
    .option('--args <json>')
    .option('--bytes <number>', 'amounts of the act, for grants that limit them', Number)
    .option('--records <number>', 'the same', Number)
    .option('--source-ip <address>', 'as you observed it')
    .option('--region <code>', 'as you observed it')
    .option('--environment <name>', 'as you observed it')
    .option('--risk <0-100>', 'as you observed it', Number)
    .action(async (options: DecideOptions, command: Command) => {
      const { client, output } = sessionOf(command)
      const {
        presentation,
        action,
        resource,
        purpose,
        datatype,
        args,
        bytes,
        records,
        sourceIp,
        region,
        environment,
        risk,
      } = options
      const json = {
        presentation: readJsonFile(presentation),
        action,
        resource,
        purpose,
        datatypes: datatype,
        args: args === undefined ? undefined : JSON.parse(args),
        amounts: { bytes, records },
        observed: { sourceIp, region, environment, risk },
      }
      const decision = await read(client.decisions.$post({ json }))
      const trace = decision.trace.map(
        ({ check, outcome }) =>
          `  ${outcome === 'passed' ? 'passed ' : 'REFUSED'}  ${check}${outcome === 'passed' ? '' : ` (${outcome})`}`,
      )
      const { trace: _, ...rest } = decision
      output.show(decision, [...fields(rest), 'trace', ...trace])
      if (decision.decision !== 'allow') process.exitCode = 1
    })
}

interface DecideOptions {
  readonly presentation: string
  readonly action: string
  readonly resource: string
  readonly purpose: string
  readonly datatype?: string[]
  readonly args?: string
  readonly bytes?: number
  readonly records?: number
  readonly sourceIp?: string
  readonly region?: string
  readonly environment?: string
  readonly risk?: number
}
