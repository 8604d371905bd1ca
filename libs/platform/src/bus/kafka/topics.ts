import { CONNECTION_ANSWERS, CONNECTION_COMMANDS, LOOKUP_ANSWERS, LOOKUP_COMMANDS } from '@geres/contracts';
import type { AclEntry, Admin, Kafka } from 'kafkajs';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaOf, type KafkaSettings } from './client.js';
import { groupOf, parkedTopicOf } from './names.js';

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  /** A segment that is not closed is not removed, however old what it holds. */
  readonly segmentMs: number;
}

const LED_MS = 30_000;
const LOOK_MS = 100;
const [MINUTE, DAY] = [60_000, 86_400_000];

/** Commands expire within minutes: a day leaves time to see what happened. */
export const commandTopic = (name: string, partitions: number): Topic => ({ name, partitions, retentionMs: DAY, segmentMs: 60 * MINUTE });
/** Nobody reads an answer later than at once, and none is there after ten minutes: a segment, then its retention, then the broker's next look (five minutes). */
export const answerTopic = (name: string, partitions: number): Topic => ({ name, partitions, retentionMs: 3 * MINUTE, segmentMs: MINUTE });
export const parkedTopic = (name: string): Topic => ({ name, partitions: 1, retentionMs: 7 * DAY, segmentMs: DAY });

/** Every topic of GeRes. The Comuni are spread over `partitions`, each of which one connector handles: at least as many as there will ever be connectors. */
export const topicsOf = (partitions: number): readonly Topic[] => [
  commandTopic(LOOKUP_COMMANDS, partitions),
  answerTopic(LOOKUP_ANSWERS, partitions),
  commandTopic(CONNECTION_COMMANDS, partitions),
  answerTopic(CONNECTION_ANSWERS, partitions),
  parkedTopic(parkedTopicOf(LOOKUP_COMMANDS)),
];

/** A topic has another number of partitions than it should: commands of one key would no more come in order. The number is never changed while anybody works. */
export class WrongPartitions extends Error {
  override readonly name = 'WrongPartitions';
  constructor(
    readonly topic: string,
    readonly expected: number,
    readonly found: number,
  ) {
    super(`il topic ${topic} ha ${found} partizioni invece di ${expected}: il numero non si cambia mentre i servizi lavorano`);
  }
}

/**
 * Makes the topics that are not there and gives retention to those that are; says which it made. Errors: `WrongPartitions`, before anything is changed.
 * `replicas`: of the cluster, 3 where nothing may be lost.
 */
export async function createTopics(kafka: KafkaSettings, topics: readonly Topic[], { replicas }: { readonly replicas: number }): Promise<readonly string[]> {
  return withAdmin(kafka, async (admin) => {
    const there = new Set(await admin.listTopics());
    const known = topics.filter(({ name }) => there.has(name));
    if (known.length > 0) {
      const described = await admin.fetchTopicMetadata({ topics: known.map(({ name }) => name) });
      for (const { name, partitions } of described.topics) {
        const { partitions: expected } = known.find((one) => one.name === name)!;
        if (partitions.length !== expected) throw new WrongPartitions(name, expected, partitions.length);
      }
    }
    const entries = (topic: Topic) => Object.entries(configOf(topic, replicas)).map(([name, value]) => ({ name, value }));
    const made = topics.filter(({ name }) => !there.has(name));
    if (made.length > 0) {
      await admin.createTopics({
        waitForLeaders: false,
        topics: made.map((topic) => ({ topic: topic.name, numPartitions: topic.partitions, replicationFactor: replicas, configEntries: entries(topic) })),
      });
    }
    await led(admin, topics);
    if (known.length > 0) {
      const { ConfigResourceTypes } = (await import('kafkajs')).default;
      await admin.alterConfigs({ validateOnly: false, resources: known.map((topic) => ({ type: ConfigResourceTypes.TOPIC, name: topic.name, configEntries: entries(topic) })) });
    }
    return made.map(({ name }) => name);
  });
}

/** A cluster knows a topic that it has just made a moment later, one broker after the other. */
async function led(admin: Admin, topics: readonly Topic[]): Promise<void> {
  const latest = performance.now() + LED_MS;
  for (;;) {
    let missing: unknown = new Error(`i topic non hanno ancora tutti un broker che li guidi dopo ${LED_MS / 1000} secondi`);
    try {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
      if (found.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      missing = error;
    }
    if (performance.now() > latest) throw missing;
    await pause(LOOK_MS);
  }
}

const configOf = ({ retentionMs, segmentMs }: Topic, replicas: number): Readonly<Record<string, string>> => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(retentionMs),
  'segment.ms': String(segmentMs),
  'min.insync.replicas': String(replicas >= 3 ? 2 : 1),
});

/** The services that use the bus. */
export type BusService = 'gateway' | 'connector' | 'monitoring' | 'admin';

interface Grant {
  readonly write: readonly string[];
  readonly read: readonly string[];
}

const GRANTS: Readonly<Record<BusService, Grant>> = {
  gateway: { write: [LOOKUP_COMMANDS], read: [LOOKUP_ANSWERS] },
  connector: { write: [LOOKUP_ANSWERS, CONNECTION_ANSWERS, parkedTopicOf(LOOKUP_COMMANDS)], read: [LOOKUP_COMMANDS, CONNECTION_COMMANDS] },
  monitoring: { write: [LOOKUP_COMMANDS], read: [] },
  admin: { write: [CONNECTION_COMMANDS], read: [CONNECTION_ANSWERS] },
};

/** What one service may do, and no more: its topics, and the groups whose names begin with its own. */
export async function aclsOf(service: BusService, user: string): Promise<readonly AclEntry[]> {
  const { AclOperationTypes: may, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = (await import('kafkajs')).default;
  const { write, read } = GRANTS[service];
  const allow = (resourceType: number, resourceName: string, resourcePatternType: number, operation: number): AclEntry => ({
    ...{ resourceType, resourceName, resourcePatternType, operation },
    principal: `User:${user}`,
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
  });
  const topic = (name: string, operation: number): AclEntry => allow(AclResourceTypes.TOPIC, name, ResourcePatternTypes.LITERAL, operation);
  return [
    ...write.flatMap((name) => [topic(name, may.WRITE), topic(name, may.DESCRIBE)]),
    ...read.flatMap((name) => [topic(name, may.READ), topic(name, may.DESCRIBE)]),
    ...(read.length > 0 ? [allow(AclResourceTypes.GROUP, groupOf(service, ''), ResourcePatternTypes.PREFIXED, may.READ)] : []),
  ];
}

/** Grants each service what it needs, by the name of its user. */
export async function grantAccess(kafka: KafkaSettings, users: Readonly<Partial<Record<BusService, string>>>): Promise<void> {
  const acl = (await Promise.all(Object.entries(users).map(([service, user]) => aclsOf(service as BusService, user)))).flat();
  await withAdmin(kafka, (admin) => admin.createAcls({ acl: [...acl] }));
}

async function withAdmin<R>(settings: KafkaSettings, work: (admin: Admin) => Promise<R>): Promise<R> {
  const kafka: Kafka = await kafkaOf(settings, 10);
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
