/**
 * Which web pages may talk to this server. A page of any site can open a WebSocket to localhost,
 * so a browser's `Origin` and `Host` are checked before anything else is looked at.
 */

const loopbackNames = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/

export interface OriginRules {
  /** Origins allowed besides the server's own and loopback ones, such as `https://example.com`. */
  readonly allowedOrigins: readonly string[]
  /** Whether the port is bound to loopback only. */
  readonly isLoopback: boolean
}

/**
 * Returns why a request with these headers is refused, or `undefined` where it is not. A request
 * without `Origin` does not come from a page.
 */
export function originProblem(
  headers: { readonly origin?: string | undefined; readonly host?: string | undefined },
  rules: OriginRules,
): string | undefined {
  const host = nameOf(`http://${headers.host ?? ''}`)
  // A foreign name that resolves to 127.0.0.1 is how a page gets around the same-origin policy.
  if (rules.isLoopback && (host === undefined || !loopbackNames.test(host))) {
    return `host '${headers.host ?? ''}' is not a loopback name`
  }
  const { origin } = headers
  if (origin === undefined || rules.allowedOrigins.includes(origin)) return undefined
  const from = nameOf(origin)
  if (from !== undefined && from === host) return undefined
  if (rules.isLoopback && from !== undefined && loopbackNames.test(from)) return undefined
  return `origin '${origin}' is not allowed`
}

function nameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

/** Whether `host` can be reached from this machine only. */
export function isLoopbackHost(host: string): boolean {
  return loopbackNames.test(host) || host === '::1'
}
