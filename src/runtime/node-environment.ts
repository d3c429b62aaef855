/** Environment variables, as far as the program may see them. */

type Environment = Readonly<Record<string, string | undefined>>

/** Deno lets a program see only those that it was started with leave to; others are not there. */
export const environment: Environment = new Proxy<Environment>(
  {},
  {
    get(_, name) {
      try {
        return process.env[String(name)]
      } catch (error) {
        if ((error as Error).name === 'NotCapable') return undefined
        throw error
      }
    },
  },
)
