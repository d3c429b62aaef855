/** Environment variables, as far as the program may see them. */

/** Deno lets a program see only those that it was started with leave to; others are not there. */
export const environment: NodeJS.ProcessEnv = new Proxy(process.env, {
  get(variables, name) {
    try {
      return Reflect.get(variables, name) as string | undefined
    } catch (error) {
      if ((error as Error).name === 'NotCapable') return undefined
      throw error
    }
  },
})
