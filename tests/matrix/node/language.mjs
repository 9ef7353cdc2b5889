// The language of the drivers, for those in JavaScript: see tests/README.md.

import { createInterface } from 'node:readline'

export const bootstrap = process.argv[2]

const lines = []
let wake = () => {}

createInterface({ input: process.stdin })
  .on('line', line => {
    lines.push(line)
    wake()
  })
  .on('close', () => process.exit(0))

async function nextLine() {
  while (lines.length === 0) {
    await new Promise(resolve => (wake = resolve))
  }
  return lines.shift()
}

export function say(...fields) {
  process.stdout.write(fields.join('\t') + '\n')
}

/** Whether the command that is under way shall end. */
export function stopped() {
  return lines.shift() !== undefined
}

/** Resolves when the command that is under way shall end. */
export async function untilStopped() {
  await nextLine()
}

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

export function sayAssigned(partitions) {
  say('assigned', [...partitions].sort((a, b) => a - b).join(','))
}

export function sayRecord(partition, offset, timestamp, key, value, headers) {
  const text = field => (field === null || field === undefined ? '-' : field.toString())
  const told = headers.map(([name, value]) => `${name}=${value}`).join(',')
  say(partition, offset, timestamp, text(key), text(value), told || '-')
}

export function configs(args) {
  return Object.entries(args)
    .filter(([key]) => key.startsWith('config.'))
    .map(([key, value]) => ({ name: key.slice('config.'.length), value }))
}

/** What is to be sent: every record follows from the prefix and its number. */
export class Recipe {
  constructor(args) {
    this.args = args
    this.partition = Number(args.partition)
  }

  numbers() {
    return Array.from({ length: Number(this.args.count) }, (_, n) => n)
  }

  value(n) {
    const isNull = this.args.nulls === 'true' && n % 5 === 4
    return isNull ? null : `${this.args.prefix}-v${n}`.padEnd(Number(this.args.size), '.')
  }

  key(n) {
    return this.args.keys === 'true' ? `${this.args.prefix}-k${n}` : null
  }

  timestamp(n) {
    return this.args.timestamp === undefined ? undefined : Number(this.args.timestamp) + n
  }

  headers(n) {
    const names = Array.from({ length: Number(this.args.headers) }, (_, h) => `h${h}`)
    return Object.fromEntries(names.map(name => [name, `${this.args.prefix}-${name}`.replace(/\d+$/, n)]))
  }
}

/** Answers every command with what `run` does. */
export async function serve(run) {
  for (;;) {
    const [command, ...fields] = (await nextLine()).split('\t')
    try {
      await run(command, Object.fromEntries(fields.map(field => field.split(/=(.*)/s).slice(0, 2))))
      say('ok')
    } catch (error) {
      const causes = error.errors?.length ? `: ${error.errors.map(inner => inner.message).join('; ')}` : ''
      say('failed', error.name, `${error.message}${causes}`.replaceAll(/\s/g, ' '))
    }
  }
}
