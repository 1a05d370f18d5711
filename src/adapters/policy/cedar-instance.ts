/** The part of Cedar that is used. */
export type Cedar = Pick<
  typeof import('@cedar-policy/cedar-wasm'),
  | 'policySetTextToParts'
  | 'policyToJson'
  | 'preparsePolicySet'
  | 'statefulIsAuthorized'
  | 'validate'
>

/** Cedar's functions, which use the WebAssembly instance that they were given last. */
export interface CedarBindings extends Cedar {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}

/** Cedar failed. Its instance is discarded, and the next request uses a new one. */
export class CedarFailed extends Error {
  override readonly name = 'CedarFailed'
}

/** Cedar, shared by all policy engines of a process. */
export interface CedarInstance {
  /** Counts instances. What an earlier instance had prepared is lost. */
  generation(): number
  /**
   * @throws CedarFailed for anything that `use` throws: after a trap the instance is in an
   *   undefined state.
   */
  ask<A>(use: (cedar: Cedar) => A): A
  /** Names under which Cedar keeps policies. */
  readonly names: CedarNames
}

/**
 * Cedar keeps everything parsed under a name, forever. Names of sets that are no longer used are
 * reused, so that it keeps no more than the sets in use.
 */
export interface CedarNames {
  take(): string
  /** Frees the names once the owner is garbage collected. */
  giveBackAfter(owner: object, names: readonly string[]): void
}

/** @param module compiled once. An instance is created when a request needs one. */
export function makeCedarInstance(
  bindings: CedarBindings,
  module: WebAssembly.Module,
): CedarInstance {
  let generation = 0
  let memory: WebAssembly.Memory | undefined
  let isReady = false
  const instantiate = () => {
    // The bindings cache views of the memory while its buffer is attached. Growing it by nothing
    // detaches the buffer of the discarded instance.
    memory?.grow(0)
    const { exports } = new WebAssembly.Instance(module, { './cedar_wasm_bg.js': { ...bindings } })
    bindings.__wbg_set_wasm(exports)
    ;(exports.__wbindgen_start as () => void)()
    memory = exports.memory as WebAssembly.Memory
    generation++
    isReady = true
  }
  return {
    generation: () => generation,
    ask(use) {
      if (!isReady) instantiate()
      try {
        return use(bindings)
      } catch (cause) {
        // Cedar returns its errors. An exception means that its stack was not unwound.
        isReady = false
        throw new CedarFailed('the policy engine failed and restarts', { cause })
      }
    },
    names: makeNames(),
  }
}

function makeNames(): CedarNames {
  const free: string[] = []
  let made = 0
  const dropped = new FinalizationRegistry<readonly string[]>((names) => free.push(...names))
  return {
    take: () => free.pop() ?? `procura ${made++}`,
    giveBackAfter: (owner, names) => dropped.register(owner, names),
  }
}

/** If a new instance cannot parse it either, the text is at fault, not a full instance. */
export function askTwice<A>(instance: CedarInstance, use: (cedar: Cedar) => A): A {
  try {
    return instance.ask(use)
  } catch (error) {
    if (!(error instanceof CedarFailed)) throw error
    return instance.ask(use)
  }
}
