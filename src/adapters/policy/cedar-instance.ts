/** What is used of Cedar. */
export type Cedar = Pick<
  typeof import('@cedar-policy/cedar-wasm'),
  | 'policySetTextToParts'
  | 'policyToJson'
  | 'preparsePolicySet'
  | 'statefulIsAuthorized'
  | 'validate'
>

/** Cedar's functions, which speak to whichever instance of its WebAssembly they were given last. */
export interface CedarBindings extends Cedar {
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}

/** Cedar could not answer. Its instance is gone, and the next question goes to a fresh one. */
export class CedarFailed extends Error {
  override readonly name = 'CedarFailed'
}

/** Cedar, as all engines of a process share it. */
export interface CedarInstance {
  /** Counts instances. What an earlier one had prepared is gone. */
  generation(): number
  /** @throws CedarFailed whatever `use` throws: a trap leaves the instance in no state to be asked again. */
  ask<A>(use: (cedar: Cedar) => A): A
  /** Names under which Cedar keeps policies. */
  readonly names: CedarNames
}

/**
 * Cedar keeps what it has parsed under a name, for good. Names of sets that nobody has any more are
 * given again, so that it keeps no more than there are in use.
 */
export interface CedarNames {
  take(): string
  /** These are free again once nobody holds the owner. */
  giveBackAfter(owner: object, names: readonly string[]): void
}

/** @param module compiled once; instances of it are made when there is a question and none to ask. */
export function makeCedarInstance(
  bindings: CedarBindings,
  module: WebAssembly.Module,
): CedarInstance {
  let generation = 0
  let memory: WebAssembly.Memory | undefined
  let isReady = false
  const instantiate = () => {
    // The bindings keep views of the memory for as long as its buffer is attached: growing it, by
    // nothing, detaches the buffer of the instance that is gone.
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
        // Nothing that Cedar answers is thrown. Whatever is, did not give its stack back.
        isReady = false
        throw new CedarFailed('the policy engine failed, and starts anew', { cause })
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

/** What a fresh instance cannot read either is the text's fault, and not that of an instance which was full. */
export function askTwice<A>(instance: CedarInstance, use: (cedar: Cedar) => A): A {
  try {
    return instance.ask(use)
  } catch (error) {
    if (!(error instanceof CedarFailed)) throw error
    return instance.ask(use)
  }
}
