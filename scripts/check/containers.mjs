import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../lib/root.mjs';

const OURS = /^geres\/([a-z]+)(?::(.+))?$/;

/** The containers of GeRes's own images that the composition and the manifests start: where it says so, which service, with what, as whom, and what it may do that it must not. */
export function containers() {
  const files = ['deploy/compose.yaml', ...globSync('k8s/**/*.yaml', { cwd: root }).map((file) => file.replaceAll('\\', '/')).sort()];
  return files.flatMap((file) => parseAllDocuments(readFileSync(join(root, file), 'utf8'), { merge: true }).flatMap((document) => [...started(document.toJS(), file, {})]));
}

/** In Compose `entrypoint` and `command` are what Kubernetes calls `command` and `args`. */
function* started(value, file, pod) {
  if (value === null || typeof value !== 'object') return;
  const [, service, tag] = OURS.exec(value.image) ?? [];
  if (service) {
    const compose = file.endsWith('compose.yaml');
    const [entrypoint, args] = compose ? [value.entrypoint, value.command] : [value.command, value.args];
    yield { file, service, tag, entrypoint, args: args ?? [], open: compose ? openInCompose(value, service) : openInKubernetes(value.securityContext ?? {}, pod), user: pod.runAsUser && `${pod.runAsUser}:${pod.runAsGroup}` };
  }
  for (const inner of Object.values(value)) yield* started(inner, file, value.containers ? (value.securityContext ?? {}) : pod);
}

/** What a container may do that it must not. */
const openInCompose = (service, name) => [
  ...(service.read_only === true ? [] : ['read_only']),
  ...(service.cap_drop?.includes('ALL') ? [] : ['cap_drop']),
  ...(service.security_opt?.includes('no-new-privileges:true') ? [] : ['no-new-privileges']),
  ...(service.user === undefined ? [] : ['user']),
  ...(service.build?.dockerfile === 'deploy/Dockerfile' && service.build.args?.SERVICE === name ? [] : ['build']),
];

const openInKubernetes = (container, pod) => [
  ...(container.readOnlyRootFilesystem === true ? [] : ['readOnlyRootFilesystem']),
  ...(container.allowPrivilegeEscalation === false ? [] : ['allowPrivilegeEscalation']),
  ...(container.capabilities?.drop?.includes('ALL') ? [] : ['capabilities']),
  ...(pod.runAsNonRoot === true ? [] : ['runAsNonRoot']),
];

/** The tags that the manifests give to those images. */
export const tagsOfManifests = () =>
  globSync('k8s/**/kustomization.yaml', { cwd: root }).flatMap((file) => (parseAllDocuments(readFileSync(join(root, file), 'utf8'))[0].toJS().images ?? []).map(({ name, newTag }) => ({ file, name, tag: newTag })));
