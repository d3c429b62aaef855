/** One request of the authorization matrix. */

import type { Api } from '../../../src/protocol/api.ts'

/** What a request is made for: ids differ between brokers, and users from one another. */
export interface Occasion {
  readonly topicId: string
  readonly user: string
}

export interface MatrixRequest {
  readonly name: string
  readonly api: Api
  readonly version: number
  readonly body: (occasion: Occasion) => unknown
  /** What is there no more once the request was granted. */
  readonly takesAway?: 'topic' | 'offsets'
}

/** Checks the body against its API, and then forgets which one it is. */
export function request<Request, Response, Input, ResponseInput>(
  api: Api<Request, Response, Input, ResponseInput> & { readonly name: string },
  body: Input | ((occasion: Occasion) => Input),
  options: {
    readonly what?: string
    readonly version?: number
    takesAway?: 'topic' | 'offsets'
  } = {},
): MatrixRequest {
  const { what, version = api.versions.max, takesAway } = options
  return {
    name: what === undefined ? api.name : `${api.name}, ${what}`,
    api: api as unknown as Api,
    version,
    body: typeof body === 'function' ? (body as (occasion: Occasion) => Input) : () => body,
    ...(takesAway ? { takesAway } : {}),
  }
}
