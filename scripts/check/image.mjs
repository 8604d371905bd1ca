import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, globSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { node, root } from '../lib/root.mjs';
import { say } from '../lib/run.mjs';
import { containers, tagsOfManifests } from './containers.mjs';
import { following } from './dockerfile.mjs';

const RUN_MS = 30_000;
const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const rooted = (file) => json(root, file);

/** Two images are made to their end: a service, and the command. The others differ by their packages alone, and start from the stage in which everything was compiled. */
const WHOLE = ['gateway', 'cli'];

/**
 * Whether the images that are deployed can be built, hold what they should and no more, and start with every command line that the composition and the manifests give them. Without
 * Docker: the Dockerfile is followed in folders, from the files that .gitignore and .dockerignore let into the context, with this repository's Node and this machine's npm.
 */
export async function checkImage() {
  if (process.platform === 'win32') return say('  – il Dockerfile vuole una shell di Unix: saltato');
  const deployed = containers();
  const faults = [];
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'geres-image-')));
  try {
    const build = following({ text: readFileSync(join(root, 'deploy', 'Dockerfile'), 'utf8'), context: contextIn(join(work, 'context')), work, bases });
    let image;
    for (const service of WHOLE) {
      image = await build({ SERVICE: service });
      const before = listed(image.folder);
      faults.push(...faultsOfImage(image, service), ...(await faultsOfStart(image, service, deployed)));
      if (listed(image.folder) !== before) faults.push(`${service}: ha scritto nell’immagine, che può essere di sola lettura`);
    }
    faults.push(...faultsOfDeployment(deployed, image.user));
    const compiled = await build({}, 'build');
    for (const service of new Set(deployed.map(({ service }) => service))) {
      if (!WHOLE.includes(service)) faults.push(...(await faultsOfStart({ ...image, folder: lookalike(image, compiled, service) }, service, deployed)));
    }
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** A folder in which the paths of an image lead to what was compiled. */
function lookalike(image, compiled, service) {
  const folder = mkdtempSync(join(dirname(image.folder), 'lookalike-'));
  cpSync(join(image.folder, 'nodejs'), join(folder, 'nodejs'), { recursive: true, verbatimSymlinks: true });
  mkdirSync(join(folder, 'geres'));
  symlinkSync(join(compiled.folder, 'geres', 'apps', service), join(folder, 'geres', 'service'));
  return folder;
}

/** What `docker build .` would be sent, but for what Git ignores: a clean clone and a folder in which somebody has worked give the same. */
function contextIn(folder) {
  const left = dockerignore({ ignorecase: false }).add(readFileSync(join(root, '.dockerignore'), 'utf8'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }).split('\0').filter((file) => file !== '' && !left.ignores(file) && existsSync(join(root, file)));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  return folder;
}

/** The base images that are known, with what is used of them: one more, or another Node than that of package.json, is a fault. */
function bases(image) {
  const pinned = rooted('package.json').devDependencies.node;
  if (image === `node:${pinned}-bookworm-slim`) return { 'usr/local/bin/node': node };
  if (image === 'gcr.io/distroless/cc-debian12:nonroot') return {};
  throw new Error(`FROM ${image}: ci si aspetta Node ${pinned} su bookworm-slim, o distroless/cc-debian12`);
}

function* faultsOfDeployment(deployed, imageUser) {
  const { version } = rooted('package.json');
  for (const { file, service, tag, open, user } of deployed) {
    if (user !== undefined && user !== imageUser) yield `${file}, geres/${service}: è l’utente ${user}, l’immagine è di ${imageUser}`;
    if (open.length > 0) yield `${file}, geres/${service}: ${open.join(', ')}`;
    if (file.endsWith('compose.yaml') && tag !== version) yield `${file}: geres/${service}:${tag} non è la versione ${version}`;
  }
  for (const { file, name, tag } of tagsOfManifests()) {
    if (tag !== version) yield `${file}: ${name}:${tag} non è la versione ${version}`;
  }
  if (deployed.length === 0) yield 'nessun container di GeRes in deploy/compose.yaml e in k8s';
}

/** What is in the image, and what it says of itself. */
function* faultsOfImage({ folder, env, labels, user, entrypoint }, service) {
  const { version, license } = rooted('package.json');
  const lean = rooted('apps/standalone/node.json');
  const said = { 'org.opencontainers.image.title': `geres-${service}`, 'org.opencontainers.image.version': version, 'org.opencontainers.image.licenses': license };
  for (const [name, value] of Object.entries(said)) if (labels[name] !== value) yield `${service}: ${name} è «${labels[name]}», non «${value}»`;
  for (const [name, value] of Object.entries({ NODE_ENV: 'production', ...lean.env })) if (env[name] !== value) yield `${service}: ${name} è «${env[name]}», non «${value}»`;
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) yield `${service}: USER ${user} non è un numero diverso da root`;
  if (entrypoint.slice(1, -1).join(' ') !== lean.args.join(' ')) yield `${service}: ENTRYPOINT non ha gli argomenti di apps/standalone/node.json`;

  const geres = join(folder, 'geres');
  const own = filesIn(geres).map((file) => relative(geres, file)).filter((path) => !/(?:^|\/)node_modules\//.test(path));
  const expected = new RegExp(String.raw`^(?:package(?:-lock)?\.json|sbom\.cdx\.json|service|(?:libs/[a-z]+|apps/${service})/(?:package\.json|dist/(?!.*(?:\.spec\.js$|(?:^|/)testing/)).+\.js))$`);
  const surplus = own.filter((path) => !expected.test(path));
  if (surplus.length > 0) yield `${service}: nell’immagine non ci si aspetta ${surplus.slice(0, 5).join(', ')}${surplus.length > 5 ? ` e altri ${surplus.length - 5}` : ''}`;

  const sbom = join(folder, labels['it.geres.sbom'] ?? '');
  if (!sbom.endsWith('.json') || !existsSync(sbom)) return yield `${service}: l’elenco dei pacchetti non è dove dice l’etichetta it.geres.sbom (${labels['it.geres.sbom']})`;
  const [named, installed] = [componentsOf(json(sbom)), packagesIn(geres)];
  if (installed.size < 20) yield `${service}: nell’immagine ci sono solo ${installed.size} pacchetti`;
  const difference = (one, other) => [...one].filter((name) => !other.has(name)).join(', ');
  for (const [words, names] of [['nell’immagine e non nel suo elenco', difference(installed, named)], ['nell’elenco e non nell’immagine', difference(named, installed)]]) if (names !== '') yield `${service}: ${words}: ${names}`;
}

function componentsOf({ metadata, components }) {
  const named = new Set();
  const walk = ({ group, name, version, components = [] }) => {
    named.add(`${group ? `${group}/` : ''}${name}@${version}`);
    components.forEach(walk);
  };
  [metadata.component, ...components].forEach(walk);
  return named;
}

function packagesIn(folder) {
  const files = globSync(['package.json', '{apps,libs}/*/package.json', '**/node_modules/{*,@*/*}/package.json'], { cwd: folder });
  return new Set(files.map((file) => json(folder, file)).map(({ name, version }) => `${name}@${version}`));
}

/** A service without settings says which it lacks and ends with 2 (docs/operations.md), a command of the CLI too; the simulator needs none and starts. */
function* startsOf(image, service, deployed) {
  const lines = new Map(deployed.filter((container) => container.service === service).map(({ entrypoint = image.entrypoint, args }) => [JSON.stringify([entrypoint, args]), [...entrypoint, ...args]]));
  for (const line of lines.values()) {
    if (service === 'simulator') yield { line: [...line, '--host', '127.0.0.1', '--port', '0'], until: /in ascolto su http:\/\/127\.0\.0\.1:[1-9]/, code: 0 };
    else yield { line, says: /^GERES_\w+: manca$/m, only: /^(?:GERES_\w+: .+\n)+$/, code: 2 };
  }
  if (service === 'cli') yield { line: [...image.entrypoint, '--help'], says: /^Uso: geres /m, code: 0 };
}

async function faultsOfStart(image, service, deployed) {
  const faults = [];
  for (const { line, until, says = until, only = says, code } of startsOf(image, service, deployed)) {
    const ended = await run(image, line, until);
    if (ended.code !== code || !says.test(ended.output) || !only.test(ended.output)) faults.push(`${service}: ${line.join(' ')}\nè terminato con ${ended.code} (ci si aspetta ${code}) e ha detto:\n${ended.output.slice(0, 600)}`);
  }
  return faults;
}

/** Starts a command line of the image and waits for its end; once it has said `until`, it is told to stop. */
function run({ folder, env, workdir }, line, until) {
  const [command, ...args] = line.map((word) => (word.startsWith('/') ? join(folder, word) : word));
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: join(folder, workdir), env, stdio: ['ignore', 'pipe', 'pipe'], timeout: RUN_MS, killSignal: 'SIGKILL' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (until?.test(output)) child.kill('SIGTERM');
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** Every file, its size and when it was written. */
const listed = (folder) => filesIn(folder).map((file) => [file, lstatSync(file)]).map(([file, { size, mtimeMs }]) => `${file} ${size} ${mtimeMs}`).join('\n');

/** Files and links, which are not followed. */
const filesIn = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]));
