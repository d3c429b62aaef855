/** Log lines for people, on standard error: `12:00:01.123 warn  message key=value`. */

import type { Facts, Logger } from '../runtime/runtime.ts'

/** From which on lines are written; `silent` writes none. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/** Returns a logger that writes lines of `level` and above with `write`. */
export function textLogger(
  level: LogLevel = 'info',
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const threshold = logLevels.indexOf(level)
  const log =
    (name: LogLevel) =>
    (message: string, facts: Facts = {}): void => {
      if (logLevels.indexOf(name) < threshold) return
      const time = new Date(Date.now()).toISOString().slice(11, 23)
      write(`${time} ${name.padEnd(5)} ${printable(message)}${factsText(facts)}\n`)
    }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

function factsText(facts: Facts): string {
  let text = ''
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue
    const shown = factText(value)
    text += ` ${name}=${printable(/[\s"]/.test(shown) ? JSON.stringify(shown) : shown)}`
  }
  return text
}

function factText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.stack ?? value.message
  return JSON.stringify(value)
}

/** Escapes control characters: a client chooses some of these texts, and a terminal obeys them. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
