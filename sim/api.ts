/** The answer of a call. */
export interface Answer {
  readonly status: number
  readonly json: any
}

/** A caller with an API key of its own. */
export interface Caller {
  readonly id: string
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** The answer, or an error with the request and the refusal. */
  must(method: string, path: string, body?: unknown): Promise<any>
}

export function caller(url: string, id: string, token: () => string): Caller {
  const call: Caller['call'] = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, json: text === '' ? null : JSON.parse(text) }
  }
  return {
    id,
    call,
    async must(method, path, body) {
      const { status, json } = await call(method, path, body)
      if (status >= 400) throw new Error(`${method} ${path}: ${status} ${json?.detail}`)
      return json
    },
  }
}

/** Problem code of a refused call. */
export const codeOf = ({ status, json }: Answer): string =>
  status < 400 ? `answered ${status}` : (json.type as string).split('#')[1]!
