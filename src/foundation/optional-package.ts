import { ServiceError } from './errors.ts'

/**
 * For the `catch` of an import: only some verifiers need the package, so the SDK does not install it.
 *
 * @throws ServiceError `package_missing`, which names the package and says how to install it.
 * @example
 *   const { canonize } = await import('rdf-canonize').catch(packageMissing('rdf-canonize'))
 */
export const packageMissing =
  (name: string) =>
  (cause: unknown): never => {
    throw new ServiceError(
      'package_missing',
      `this credential needs the package ${name}, which is not installed: run "npm install ${name}"`,
      { cause },
    )
  }
