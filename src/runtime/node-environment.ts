/**
 * Environment variables, as far as the program may see them. One that is empty is none: that is how
 * those look that a compose file, or a workflow, passes on without having them.
 */

type Environment = Readonly<Record<string, string | undefined>>

/** Deno lets a program see only those that it was started with leave to; others are not there. */
export const environment: Environment = new Proxy<Environment>(
  {},
  {
    get(_, name) {
      try {
        return process.env[String(name)] || undefined
      } catch (error) {
        if ((error as Error).name === 'NotCapable') return undefined
        throw error
      }
    },
  },
)
