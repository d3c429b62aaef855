/** The kinds of configs: what text they allow, and which value that is. */

export type ConfigType = 'boolean' | 'double' | 'int' | 'list' | 'long' | 'string'

/** One topic config. */
export interface ConfigEntry<Value> {
  /** Kafka's name, as in `retention.ms`. */
  readonly name: string
  readonly type: ConfigType
  /** As text, as clients see it. */
  readonly defaultText: string
  readonly documentation: string
  /** Returns the value of `text`, or `undefined` where it is not allowed. */
  readonly parse: (text: string) => Value | undefined
  /** What values are allowed, in words. */
  readonly allowed: string
}

const int32Max = 2 ** 31 - 1
/** The largest 64-bit integer, which stands for "no limit"; as a number it is `Infinity`. */
const int64Max = '9223372036854775807'

export function int(
  name: string,
  byDefault: number,
  min: number,
  documentation: string,
): ConfigEntry<number> {
  return {
    name,
    type: 'int',
    defaultText: String(byDefault),
    documentation,
    parse: (text) => integer(text, min, int32Max),
    allowed: `an integer from ${min} to ${int32Max}`,
  }
}

/** Batches are stored as they come, so that no level is ever used. */
export function level(
  name: string,
  byDefault: number,
  range: { readonly min: number; readonly max: number; readonly other?: number },
): ConfigEntry<number> {
  const { min, max, other } = range
  return {
    name,
    type: 'int',
    defaultText: String(byDefault),
    documentation:
      'Accepted for compatibility: batches are stored as the producer compressed them.',
    parse(text) {
      const value = integer(text, -int32Max, int32Max)
      if (value === undefined || value === other) return value
      return value >= min && value <= max ? value : undefined
    },
    allowed: `an integer from ${min} to ${max}${other === undefined ? '' : `, or ${other}`}`,
  }
}

/** There is one replica, so that nothing is replicated that could be throttled. */
export function replicas(name: string): ConfigEntry<string> {
  return {
    name,
    type: 'list',
    defaultText: '',
    documentation: 'Accepted for compatibility: there is one replica.',
    parse(text) {
      const value = text.trim()
      const parts = value.split(',').map((part) => part.trim())
      const isList = parts.every((part) => /^\d+:\d+$/.test(part))
      return value === '' || value === '*' || isList ? value : undefined
    },
    allowed: `'*', or a list of partition:broker`,
  }
}

export function long(
  name: string,
  byDefault: number,
  min: number,
  documentation: string,
): ConfigEntry<number> {
  return {
    name,
    type: 'long',
    defaultText: byDefault === Infinity ? int64Max : String(byDefault),
    documentation,
    parse: (text) => integer(text, min, Infinity),
    allowed: `an integer of at least ${min}`,
  }
}

export function double(
  name: string,
  byDefault: number,
  documentation: string,
): ConfigEntry<number> {
  return {
    name,
    type: 'double',
    defaultText: String(byDefault),
    documentation,
    parse(text) {
      const value = text.trim() === '' ? Number.NaN : Number(text)
      return value >= 0 && value <= 1 ? value : undefined
    },
    allowed: 'a number from 0 to 1',
  }
}

export function boolean(
  name: string,
  byDefault: boolean,
  documentation: string,
): ConfigEntry<boolean> {
  return {
    name,
    type: 'boolean',
    defaultText: String(byDefault),
    documentation,
    parse(text) {
      const value = text.trim().toLowerCase()
      return value === 'true' || (value === 'false' ? false : undefined)
    },
    allowed: `'true' or 'false'`,
  }
}

export function choice<Choice extends string>(
  name: string,
  byDefault: Choice,
  choices: readonly Choice[],
  documentation: string,
): ConfigEntry<Choice> {
  return {
    name,
    type: 'string',
    defaultText: byDefault,
    documentation,
    parse: (text) => choices.find((value) => value === text.trim()),
    allowed: `one of ${choices.join(', ')}`,
  }
}

export function list<Choice extends string>(
  name: string,
  byDefault: Choice,
  choices: readonly Choice[],
  documentation: string,
): ConfigEntry<readonly Choice[]> {
  return {
    name,
    type: 'list',
    defaultText: byDefault,
    documentation,
    parse(text) {
      if (text.trim() === '') return []
      const values = text.split(',').map((part) => part.trim())
      const chosen = choices.filter((value) => values.includes(value))
      return values.every((value) => choices.some((one) => one === value)) ? chosen : undefined
    },
    allowed: `a list of ${choices.join(', ')}`,
  }
}

/** Returns the integer that `text` is; beyond the safe integers it is `Infinity`. */
function integer(text: string, min: number, max: number): number | undefined {
  const trimmed = text.trim()
  if (!/^[+-]?\d{1,19}$/.test(trimmed)) return undefined
  const value = Number(trimmed)
  if (value < min || value > max) return undefined
  // As numbers, the largest 64-bit integer and the one after it are the same.
  if (value >= 2 ** 63 && trimmed.replace('+', '') !== int64Max) return undefined
  return value > Number.MAX_SAFE_INTEGER ? Infinity : value
}
