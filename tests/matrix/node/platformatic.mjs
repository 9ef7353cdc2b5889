// @platformatic/kafka in the language of the drivers.

import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  IncrementalAlterConfigOperationTypes,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers
} from '@platformatic/kafka'
import { bootstrap, configs, pause, Recipe, say, sayAssigned, sayRecord, serve, stopped, untilStopped } from './language.mjs'

const common = { clientId: 'tests', bootstrapBrokers: [bootstrap], retries: 100, retryDelay: 100, timeout: 30_000 }

async function producing(idempotent, work) {
  const producer = new Producer({ ...common, idempotent, serializers: stringSerializers })
  try {
    await work(producer)
  } finally {
    await producer.close()
  }
}

async function produce(args) {
  const recipe = new Recipe(args)
  const message = n => ({
    topic: args.topic,
    partition: recipe.partition,
    key: recipe.key(n) ?? undefined,
    value: recipe.value(n) ?? undefined,
    headers: recipe.headers(n),
    timestamp: recipe.timestamp(n) === undefined ? undefined : BigInt(recipe.timestamp(n))
  })
  const all = recipe.numbers().map(message)
  const batches = args['client.singles'] === 'true' ? all.map(message => [message]) : [all]
  const acks = args['client.acks'] === 'all' ? -1 : Number(args['client.acks'])
  await producing(args['client.idempotent'] === 'true', async producer => {
    for (const messages of batches) {
      const { offsets } = await producer.send({ messages, acks, compression: args['client.codec'] })
      messages.forEach((_, n) => say(acks === 0 ? -1 : offsets[0].offset + BigInt(n)))
    }
  })
}

async function load(args) {
  const partitions = Number(args.partitions)
  await producing(true, async producer => {
    for (let n = 0; !stopped(); n += 10) {
      const numbers = Array.from({ length: 10 }, (_, i) => n + i)
      const messages = numbers.map(n => ({ topic: args.topic, partition: n % partitions, value: `${n}` }))
      try {
        for (const { partition, offset } of (await producer.send({ messages, acks: -1, compression: args.codec })).offsets) {
          const inPartition = numbers.filter(n => n % partitions === partition)
          inPartition.forEach((n, i) => say('acked', n, partition, offset + BigInt(i)))
        }
      } catch (error) {
        numbers.forEach(n => say('failed-record', n, error.message))
      }
      await pause(5)
    }
  })
}

function consumer(groupId, sessionTimeout) {
  return new Consumer({
    ...common,
    groupId,
    deserializers: stringDeserializers,
    autocommit: false,
    sessionTimeout,
    heartbeatInterval: 300,
    maxWaitTime: 200
  })
}

/** The library reads in groups only: one of its own, from a given offset. */
let readers = 0
async function consume(args) {
  const reader = consumer(`reader-${process.pid}-${readers++}`, 30_000)
  const offsets = [{ topic: args.topic, partition: Number(args.partition), offset: BigInt(args.offset) }]
  const stream = await reader.consume({ topics: [args.topic], mode: MessagesStreamModes.MANUAL, offsets })
  let left = Number(args.count)
  for await (const { partition, offset, timestamp, key, value, headers } of stream) {
    if (partition === Number(args.partition) && left-- > 0) {
      sayRecord(partition, offset, timestamp, key, value, [...headers])
    }
    if (left <= 0) {
      break
    }
  }
  await reader.close(true)
}

async function join(args) {
  const member = consumer(args.group, Number(args.session))
  const assigned = () => (member.assignments ?? []).flatMap(each => (each.topic === args.topic ? each.partitions : []))
  member.on('consumer:group:join', () => sayAssigned(assigned()))
  member.on('consumer:group:rebalance', () => sayAssigned([]))
  const stream = await member.consume({
    topics: [args.topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST
  })
  stream.on('data', async message => {
    say('record', message.partition, message.offset, message.value)
    try {
      await message.commit()
      say('committed', message.partition, message.offset + 1n)
    } catch {
      // Its group has moved on: another member gets this record again.
    }
  })
  await untilStopped()
  await member.close(true)
}

const admin = new Admin(common)

async function administer(command, args) {
  const { topic } = args
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }
  switch (command) {
    case 'create-topic':
      await admin.createTopics({ topics: [topic], partitions: Number(args.partitions), replicas: 1, configs: configs(args) })
      break
    case 'delete-topic':
      await admin.deleteTopics({ topics: [topic] })
      break
    case 'create-partitions':
      await admin.createPartitions({ topics: [{ name: topic, count: Number(args.partitions) }] })
      break
    case 'topics':
      say(...(await admin.listTopics()))
      break
    case 'partitions':
      say((await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic).partitionsCount)
      break
    case 'config': {
      const [described] = await admin.describeConfigs({ resources: [{ ...resource, configurationKeys: [args.name] }] })
      say(described.configs[0].value)
      break
    }
    case 'set-config': {
      const entry = { name: args.name, value: args.value, configOperation: IncrementalAlterConfigOperationTypes.SET }
      await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [entry] }] })
      break
    }
    case 'commit': {
      const partitionOffsets = [{ partition: Number(args.partition), offset: BigInt(args.offset) }]
      await admin.alterConsumerGroupOffsets({ groupId: args.group, topics: [{ name: topic, partitionOffsets }] })
      break
    }
    case 'committed': {
      const partitionIndexes = [Number(args.partition)]
      const groups = [{ groupId: args.group, topics: [{ name: topic, partitionIndexes }] }]
      const [group] = await admin.listConsumerGroupOffsets({ groups })
      say(group.topics[0].partitions[0].committedOffset)
    }
  }
}

await serve(async (command, args) => {
  const clients = { produce, consume, load, join }
  await (clients[command] ? clients[command](args) : administer(command, args))
})
