import { existsSync, mkdirSync, mkdtempSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { finished } from '../lib/engines/tools.mjs';

/**
 * Follows a Dockerfile without Docker: each stage is a folder that stands for its file system, in which the COPYs and the shell lines of the RUNs really happen. What it
 * cannot follow as Docker would, it refuses by name. `context`: the folder to copy from. `work`: where the stages are made. `bases(image)`: the links that stand for what an
 * image brings, `{ path: target }`; it throws for an image that nothing may be built on. Gives `build(args, stage)`, which makes that stage, or the last.
 */
export function following({ text, context, work, bases }) {
  const { globals, stages } = parsed(text);
  const shared = new Map();

  async function build(args, wanted = stages.at(-1).name) {
    const made = new Map();
    const scope = Object.fromEntries(globals.map((property) => [property.getName(), args[property.getName()] ?? property.getValue() ?? '']));

    async function stage(name) {
      if (made.has(name)) return made.get(name);
      const found = stages.find((other) => other.name === name);
      if (!found) throw new Error(`manca lo stadio ${name}`);
      // As in Docker's cache: up to the first line that depends on the arguments, or on another stage, what was made once is good for all.
      const depends = (line) => (line.getKeyword() === 'ARG' && line.getProperty().getName() in args) || line.getFlags?.().some((flag) => flag.getName() === 'from');
      const first = found.lines.findIndex(depends);
      const split = first === -1 ? found.lines.length : first;
      const image = expanded(found.image, scope);
      const layer = `${name} ${image}`;
      if (!shared.has(layer)) shared.set(layer, await followed(found.lines.slice(0, split), based(image)));
      const start = shared.get(layer);
      if (split === found.lines.length) return start;
      const folder = mkdtempSync(join(work, `${name}-`));
      await finished('cp', ['-a', `${start.folder}/.`, folder]);
      made.set(name, await followed(found.lines.slice(split), { ...start, folder, args: { ...start.args }, env: { ...start.env }, labels: { ...start.labels } }));
      return made.get(name);
    }

    function based(image) {
      const folder = mkdtempSync(join(work, 'base-'));
      for (const [path, target] of Object.entries(bases(image))) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        symlinkSync(target, join(folder, path));
      }
      return { folder, workdir: '/', args: {}, env: {}, labels: {}, user: 'root', entrypoint: [] };
    }

    async function followed(lines, state) {
      for (const line of lines) {
        try {
          await (FOLLOWED[line.getKeyword()] ?? refused)(line, state, { scope, args, context, stage });
        } catch (error) {
          if (error.told) throw error;
          throw Object.assign(new Error(`Dockerfile, riga ${line.getRange().start.line + 1}, ${line.getKeyword()}: ${error.message}`), { told: true });
        }
      }
      return state;
    }

    return stage(wanted);
  }

  return build;
}

function parsed(text) {
  const globals = [];
  const stages = [];
  for (const line of DockerfileParser.parse(text).getInstructions()) {
    if (line.getKeyword() === 'FROM') stages.push({ name: line.getBuildStage() ?? `${stages.length}`, image: line.getImage(), lines: [] });
    else if (stages.length > 0) stages.at(-1).lines.push(line);
    else globals.push(line.getProperty());
  }
  return { globals, stages };
}

function refused() {
  throw new Error('qui non si sa seguire');
}

const FOLLOWED = {
  ARG(line, state, { scope, args }) {
    const property = line.getProperty();
    const [name, value] = [property.getName(), property.getValue()];
    const given = args[name] ?? (value === null ? scope[name] : expanded(value, variables(state)));
    if (given !== undefined) state.args[name] = given;
  },
  ENV: (line, state) => void Object.assign(state.env, properties(line, state)),
  LABEL: (line, state) => void Object.assign(state.labels, properties(line, state)),
  USER: (line, state) => void (state.user = expanded(line.getArgumentsContent(), variables(state))),
  EXPOSE: () => undefined,
  ENTRYPOINT(line, state) {
    const words = line.getJSONStrings().map((word) => word.getJSONValue());
    if (words.length === 0) throw new Error('senza una shell serve la forma con le parentesi');
    state.entrypoint = words;
  },
  WORKDIR(line, state) {
    state.workdir = posix.resolve(state.workdir, expanded(line.getArgumentsContent(), variables(state)));
    mkdirSync(join(state.folder, state.workdir), { recursive: true });
  },
  async COPY(line, state, { context, stage }) {
    const flags = line.getFlags();
    const unknown = flags.find((flag) => flag.getName() !== 'from');
    if (unknown) refused();
    const from = flags.length > 0 ? (await stage(flags[0].getValue())).folder : context;
    const words = expanded(line.getArgumentsContent(), variables(state)).split(/\s+/);
    if (words.length < 2 || words.some((word) => /[*?[\]"']/.test(word))) refused();
    const to = words.pop();
    const target = join(state.folder, posix.resolve(state.workdir, to));
    for (const word of words) {
      const source = join(from, posix.resolve('/', word));
      if (!existsSync(source)) throw new Error(`${word} non c’è`);
      const folder = statSync(source).isDirectory();
      const into = folder || words.length > 1 || /(?:^|\/)\.?$/.test(to);
      mkdirSync(into ? target : dirname(target), { recursive: true });
      await finished('cp', ['-a', folder ? `${source}/.` : source, target]);
    }
  },
  async RUN(line, state) {
    // A cache is no more than a quicker start: npm has the one of this machine.
    if (line.getFlags().some((flag) => flag.getName() !== 'mount' || flag.getValue().split(',')[0] !== 'type=cache')) refused();
    const command = line.getArgumentsContent();
    if (/(?:^|[\s"'=(:])\//.test(command)) throw new Error('un percorso assoluto sarebbe quello di questa macchina');
    await finished('sh', ['-c', command], { cwd: join(state.folder, state.workdir), env: { ...surroundings(state.folder), ...variables(state) } });
  },
};

const variables = ({ args, env }) => ({ ...args, ...env });

const properties = (line, state) => Object.fromEntries(line.getProperties().map((property) => [property.getName(), expanded(property.getValue() ?? '', variables(state))]));

/** What is not set is empty, as for Docker. */
function expanded(text, scope) {
  const done = text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, bare) => scope[braced ?? bare] ?? '');
  if (done.includes('$')) throw new Error(`${text}: qui non si sa che cosa valga`);
  return done;
}

/** What a RUN finds around it: the tools of the stage before those of this machine, nothing of the repository, and no setting of the npm that may be running this. */
function surroundings(folder) {
  const path = [join(folder, 'usr', 'local', 'bin'), ...(process.env.PATH ?? '').split(':').filter((part) => !part.includes('node_modules'))].join(':');
  const passed = Object.entries(process.env).filter(([name]) => /^(?:HOME|TMPDIR|NODE_EXTRA_CA_CERTS|(?:https?|no)_proxy|npm_config_(?:registry|userconfig|cache))$/i.test(name));
  return { ...Object.fromEntries(passed), PATH: path };
}
