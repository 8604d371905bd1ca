import { child, part, type Child } from './child.js';

export interface WorkerOptions {
  readonly address: string;
  readonly service: string;
  readonly topic: string;
  /** Base64. */
  readonly key: string;
  readonly sessionMs: number;
}

/**
 * A process that handles a topic and says so: `joined`, then a line `n attempt` for each command. It takes those with an even `n`, refuses those with `refuse`, and never
 * comes to an end with the others.
 */
export const kafkaWorker = (options: WorkerOptions): Child =>
  child(
    `import { openKafkaBus, Seal } from ${part('bus')};
const { address, service, topic, key, sessionMs } = JSON.parse(process.argv[2]);
const seal = new Seal({ lookups: [Buffer.from(key, 'base64')] }, () => 'lookups');
const bus = await openKafkaBus({ kafka: { brokers: [address], clientId: 'worker' }, service, seal, sessionMs, commitMs: 50, attempts: 3, backoffMs: 50 });
const say = (text) => process.stdout.write(text + '\\n');
bus.onParked(({ reason, message }) => say('parked ' + message.data.n + ' ' + reason));
await bus.handle(topic, ({ data: { n, refuse } }, delivery) => {
  say(n + ' ' + delivery.attempt);
  delivery.until(refuse ? Promise.reject(new Error('not now')) : n % 2 === 0 ? Promise.resolve() : new Promise(() => undefined));
});
say('joined');`,
    { args: [JSON.stringify(options)] },
  );
