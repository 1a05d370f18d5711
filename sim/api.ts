/** What came back of a call. */
export interface Answer {
  readonly status: number
  readonly json: any
}

/** Somebody who calls the service with an API key of their own. */
export interface Caller {
  readonly id: string
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** The answer, or an error that says what was asked and refused. */
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

/** Code of the problem that a refused call comes with. */
export const codeOf = ({ status, json }: Answer): string =>
  status < 400 ? `answered ${status}` : (json.type as string).split('#')[1]!
