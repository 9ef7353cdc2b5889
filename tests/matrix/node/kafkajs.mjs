// kafkajs in the language of the drivers. It brings gzip only; codecs are plugged in as its users do.

import { lz4Compress, lz4Decompress } from '@platformatic/wasm-utils'
import kafkajs from 'kafkajs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import snappy from 'snappyjs'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { bootstrap, configs, pause, Recipe, say, sayAssigned, sayRecord, serve, stopped, untilStopped } from './language.mjs'

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel, Partitioners } = kafkajs

CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async encoder => Buffer.from(snappy.compress(encoder.buffer)),
  decompress: async bytes => Buffer.from(snappy.uncompress(bytes))
})
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async encoder => lz4Compress(encoder.buffer),
  decompress: async bytes => lz4Decompress(bytes)
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => zstdCompressSync(encoder.buffer),
  decompress: async bytes => zstdDecompressSync(bytes)
})
const codecs = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD
}

const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: 50 }
// Standard output is for answers.
const logCreator = () => ({ namespace, log }) => console.error(log.timestamp, namespace, JSON.stringify(log))
const kafka = new Kafka({ clientId: 'tests', brokers: [bootstrap], logLevel: logLevel.INFO, logCreator, retry })

async function producing(idempotent, work) {
  const createPartitioner = Partitioners.DefaultPartitioner
  const producer = kafka.producer({ idempotent, createPartitioner, maxInFlightRequests: idempotent ? 1 : null })
  await producer.connect()
  try {
    await work(producer)
  } finally {
    await producer.disconnect()
  }
}

async function produce(args) {
  const recipe = new Recipe(args)
  const message = n => {
    const [key, value, headers, timestamp] = [recipe.key(n), recipe.value(n), recipe.headers(n), recipe.timestamp(n)]
    return { partition: recipe.partition, key, value, headers, timestamp: timestamp?.toString() }
  }
  const all = recipe.numbers().map(message)
  const batches = args['client.singles'] === 'true' ? all.map(message => [message]) : [all]
  const acks = args['client.acks'] === 'all' ? -1 : Number(args['client.acks'])
  const way = { topic: args.topic, acks, compression: codecs[args['client.codec']] }
  await producing(args['client.idempotent'] === 'true', async producer => {
    for (const messages of batches) {
      const sent = await producer.send({ ...way, messages })
      const base = acks === 0 ? undefined : Number(sent[0].baseOffset)
      messages.forEach((_, n) => say(base === undefined ? -1 : base + n))
    }
  })
}

async function load(args) {
  const way = { topic: args.topic, acks: -1, compression: codecs[args.codec] }
  await producing(true, async producer => {
    for (let n = 0; !stopped(); n += 10) {
      const numbers = Array.from({ length: 10 }, (_, i) => n + i)
      const messages = numbers.map(n => ({ partition: n % Number(args.partitions), value: `${n}` }))
      try {
        for (const { partition, baseOffset } of await producer.send({ ...way, messages })) {
          const inPartition = numbers.filter(n => n % Number(args.partitions) === partition)
          inPartition.forEach((n, i) => say('acked', n, partition, Number(baseOffset) + i))
        }
      } catch (error) {
        numbers.forEach(n => say('failed-record', n, error.message))
      }
      await pause(5)
    }
  })
}

function consumer(groupId, sessionTimeout) {
  return kafka.consumer({ groupId, sessionTimeout, rebalanceTimeout: 5000, heartbeatInterval: 300, maxWaitTimeInMs: 200 })
}

/** The library has no assignment by hand: a group of its own that seeks is as near as it gets. */
let readers = 0
async function consume(args) {
  const reader = consumer(`reader-${process.pid}-${readers++}`, 30_000)
  let left = Number(args.count)
  await reader.connect()
  await reader.subscribe({ topics: [args.topic], fromBeginning: true })
  await new Promise((resolve, reject) => {
    const eachMessage = async ({ partition, message }) => {
      const isWanted = partition === Number(args.partition) && Number(message.offset) >= Number(args.offset)
      if (isWanted && left-- > 0) {
        const headers = Object.entries(message.headers)
        sayRecord(partition, message.offset, message.timestamp, message.key, message.value, headers)
      }
      if (left <= 0) {
        resolve()
      }
    }
    reader.run({ autoCommit: false, eachMessage }).catch(reject)
    reader.seek({ topic: args.topic, partition: Number(args.partition), offset: args.offset })
    setTimeout(() => reject(new Error(`${left} records did not come`)), 60_000).unref()
  })
  await reader.disconnect()
}

const movedOn = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']

/**
 * Now and then a member that has lost its broker waits for ever. So each is a process of its own, which gives up when
 * there was no sign of life for a while, and is followed by another.
 */
async function join(args) {
  const line = ['member', ...Object.entries(args).map(([name, value]) => `${name}=${value}`)].join('\t')
  let [member, isOver, code] = [undefined, false, GAVE_UP]
  untilStopped().then(() => {
    isOver = true
    member.stdin.write('stop\n')
  })
  while (code === GAVE_UP && !isOver) {
    member = spawn(process.execPath, process.argv.slice(1), { stdio: ['pipe', 'inherit', 'inherit'] })
    // It may have ended already.
    member.stdin.on('error', () => {})
    member.stdin.write(line + '\n')
    code = (await once(member, 'exit'))[0]
    sayAssigned([])
  }
}

const GAVE_UP = 75
// Longer than a rebalance and a session: who gave up is waited for no longer than that.
const SILENCE = 15_000

async function runMember({ group, topic, session }) {
  const member = consumer(group, Math.min(Number(session), 10_000))
  let lastSeen = Date.now()
  const on = (event, react) =>
    member.on(event, ({ payload }) => {
      lastSeen = Date.now()
      react?.(payload)
    })
  const { FETCH, GROUP_JOIN, HEARTBEAT, REBALANCING } = member.events
  on(GROUP_JOIN, ({ memberAssignment }) => sayAssigned(memberAssignment[topic] ?? []))
  on(REBALANCING, () => sayAssigned([]))
  on(HEARTBEAT)
  on(FETCH)
  setInterval(() => Date.now() - lastSeen > SILENCE && process.exit(GAVE_UP), 500)
  const eachBatch = async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
    if (isStale()) {
      return
    }
    for (const message of batch.messages) {
      say('record', batch.partition, message.offset, message.value)
      resolveOffset(message.offset)
    }
    const offset = (Number(batch.lastOffset()) + 1).toString()
    for (;;) {
      try {
        await member.commitOffsets([{ topic, partition: batch.partition, offset }])
        break
      } catch (error) {
        // Where the broker is away it is tried again; where the group moves on another member gets these records again.
        if (!isRunning() || isStale() || movedOn.includes(error.type)) {
          throw error
        }
        await pause(100)
      }
    }
    say('committed', batch.partition, offset)
    await heartbeat()
  }
  await member.connect()
  await member.subscribe({ topics: [topic], fromBeginning: true })
  await member.run({ autoCommit: false, eachBatch })
  await untilStopped()
  await member.disconnect()
  process.exit(0)
}

const admin = kafka.admin()
// The library's own are for machines that have nothing else to do.
const timeout = 30_000
let isConnected = false

async function administer(command, args) {
  const { topic } = args
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  switch (command) {
    case 'create-topic': {
      const created = { topic, numPartitions: Number(args.partitions), replicationFactor: 1, configEntries: configs(args) }
      if (!(await admin.createTopics({ topics: [created], waitForLeaders: true, timeout }))) {
        throw new Error('the topic is there already')
      }
      break
    }
    case 'delete-topic':
      await admin.deleteTopics({ topics: [topic], timeout })
      break
    case 'create-partitions':
      await admin.createPartitions({ topicPartitions: [{ topic, count: Number(args.partitions) }], timeout })
      break
    case 'topics':
      say(...(await admin.listTopics()))
      break
    case 'partitions':
      say((await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length)
      break
    case 'config': {
      const described = await admin.describeConfigs({ resources: [{ ...resource, configNames: [args.name] }] })
      say(described.resources[0].configEntries[0].configValue)
      break
    }
    case 'set-config': {
      const configEntries = [{ name: args.name, value: args.value }]
      await admin.alterConfigs({ resources: [{ ...resource, configEntries }] })
      break
    }
    case 'commit':
      await admin.setOffsets({
        groupId: args.group,
        topic,
        partitions: [{ partition: Number(args.partition), offset: args.offset }]
      })
      break
    case 'committed': {
      const [offsets] = await admin.fetchOffsets({ groupId: args.group, topics: [topic] })
      say(offsets.partitions.find(({ partition }) => partition === Number(args.partition)).offset)
    }
  }
}

await serve(async (command, args) => {
  const clients = { produce, consume, load, join, member: runMember }
  if (command in clients) {
    return await clients[command](args)
  }
  if (!isConnected) {
    await admin.connect()
    isConnected = true
  }
  await administer(command, args)
})
