import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, finished, freePort, listens, tool, until } from '../../../scripts/lib/engines/tools.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const pom = join(here, 'pom.xml');
const CLUSTER = 'Z2VyZXMtZW5naW5lcy0wMQ';
const PASSWORD = 'prova-prova';
/** Those who may sign in on the second listener, with what the topics' job has granted them. Their password is in the open: the broker listens on this machine alone. */
const USERS = ['gateway', 'connector', 'monitoring', 'admin'];

export const engine = {
  name: 'kafka',
  title: 'Kafka 4.1.0',
  variable: 'GERES_KAFKA',

  missing: () => (tool('java') ? (tool('mvn') ? undefined : 'serve Maven (mvn)') : 'serve Java 17 o successivo (java)'),

  /** The jars, from Maven Central, and a certificate. */
  prepare: () =>
    cached('kafka', [pom, fileURLToPath(import.meta.url)], async (folder) => {
      copyFileSync(pom, join(folder, 'pom.xml'));
      await certificate(folder);
      await finished(tool('mvn'), ['--quiet', '--batch-mode', '--file', join(folder, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`, '-DincludeScope=runtime']);
    }),

  /** One node in KRaft combined mode. `port` is that of everybody; the next two are of those who sign in and of the controller. */
  async start({ built: jars, folder, run, ports }) {
    const [port, secured, controller] = ports ?? [await freePort(), await freePort(), await freePort()];
    const properties = join(folder, 'server.properties');
    const log4j = join(folder, 'log4j2.yaml');
    const java = tool('java');
    const classes = ['-cp', `${jars}/*`, `-Dlog4j2.configurationFile=${log4j}`];
    if (!existsSync(properties)) {
      mkdirSync(join(folder, 'log'), { recursive: true });
      writeFileSync(log4j, LOG4J);
      writeFileSync(properties, propertiesOf({ jars, folder, port, secured, controller }));
      await finished(java, [...classes, 'kafka.tools.StorageTool', 'format', '--config', properties, '--cluster-id', CLUSTER, ...USERS.flatMap((user) => ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${PASSWORD}]`])]);
    }
    const server = await run(java, ['-Xmx384m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...classes, 'kafka.Kafka', properties]);
    await until('Kafka', () => listens(port), server.alive);
    return {
      address: `127.0.0.1:${port}`,
      secured: { address: `127.0.0.1:${secured}`, ca: join(jars, 'ca.pem'), password: PASSWORD, users: USERS },
      ports: [port, secured, controller],
    };
  },
};

/** A certificate of its own for `localhost`, made by the tool that comes with Java. */
async function certificate(folder) {
  const keytool = tool('keytool') ?? join(dirname(tool('java')), 'keytool');
  const store = ['-keystore', join(folder, 'broker.p12'), '-storepass', PASSWORD, '-alias', 'broker'];
  await finished(keytool, ['-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1', '-validity', '3650']);
  await finished(keytool, ['-exportcert', '-rfc', ...store, '-file', join(folder, 'ca.pem')]);
}

const propertiesOf = ({ jars, folder, port, secured, controller }) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${secured},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${secured}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.location=${join(jars, 'broker.p12')}
ssl.keystore.type=PKCS12
ssl.keystore.password=${PASSWORD}
ssl.key.password=${PASSWORD}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
log.dirs=${join(folder, 'log')}
auto.create.topics.enable=false
num.partitions=8
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
log.retention.check.interval.ms=1000
`;

const LOG4J = `Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "%d %p %m (%c)%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        - ref: STDOUT
`;
