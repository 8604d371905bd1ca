import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, finished, tool } from '../lib/engines/tools.mjs';
import { root } from '../lib/root.mjs';
import { say } from '../lib/run.mjs';

const KUSTOMIZE = 'v5.7.1';
const KUBERNETES_VALIDATE = '1.37.0';
/** The oldest release of Kubernetes that the manifests are for: `preStop.sleep` is there from it on. */
const KUBERNETES = '1.31';

/** What each tool is found by, or made of; one that cannot be had is told, and is a failure where `GERES_ENGINES=required`. */
const TOOLS = {
  kustomize: async () => {
    const known = tool('kustomize');
    const go = tool('go', ['/usr/local/go/bin']);
    if (known || !go) return known;
    const folder = await cached(`kustomize-${KUSTOMIZE}`, [], (making) => finished(go, ['install', `sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`], { env: { ...process.env, GOBIN: making, CGO_ENABLED: '0' } }));
    return join(folder, 'kustomize');
  },
  'kubernetes-validate': async () => {
    const python = tool('python3');
    if (!python) return undefined;
    const folder = await cached(`kubernetes-validate-${KUBERNETES_VALIDATE}`, [], async (making) => {
      await finished(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', making, `kubernetes-validate==${KUBERNETES_VALIDATE}`]);
    });
    return { python, folder };
  },
  promtool: async () => tool('promtool'),
  'docker-compose': async () => tool('docker-compose'),
};

/** Whether what is deployed is well-formed, as far as a machine without Docker and Kubernetes can tell. Errors: what is not, tool by tool. */
export async function checkManifests() {
  const faults = [];
  for (const [name, check] of Object.entries({ kustomize: manifests, promtool: rules, 'docker-compose': composition })) {
    try {
      await check(await had(name));
    } catch (error) {
      if (error instanceof Missing && process.env.GERES_ENGINES !== 'required') say(`  – ${error.message}: saltato`);
      else faults.push(error.message);
    }
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

class Missing extends Error {}

async function had(name) {
  const found = await TOOLS[name]().catch((error) => {
    throw new Missing(`${name} non si può avere (${error.message.split('\n')[0]})`);
  });
  if (!found) throw new Missing(`${name} non c’è`);
  return found;
}

async function manifests(kustomize) {
  const { python, folder } = await had('kubernetes-validate');
  const made = mkdtempSync(join(tmpdir(), 'geres-k8s-'));
  try {
    const files = [];
    for (const overlay of readdirSync(join(root, 'k8s', 'overlays'))) {
      const file = join(made, `${overlay}.yaml`);
      await finished(kustomize, ['build', join(root, 'k8s', 'overlays', overlay), '-o', file]);
      files.push(file);
    }
    await finished(python, ['-m', 'kubernetes_validate', '--strict', '--quiet', '-k', KUBERNETES, ...files], { env: { ...process.env, PYTHONPATH: folder } });
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

async function rules(promtool) {
  const cwd = join(root, 'deploy', 'prometheus');
  await finished(promtool, ['check', 'rules', 'alerts.yaml'], { cwd });
  await finished(promtool, ['test', 'rules', 'alerts.test.yaml'], { cwd });
}

async function composition(compose) {
  const made = mkdtempSync(join(tmpdir(), 'geres-compose-'));
  try {
    const secrets = ['GERES_BUS_KEY_LOOKUPS', 'GERES_BUS_KEY_CONNECTIONS', 'GERES_BUS_KEY_SETTLING', 'GERES_KEK_ARCHIVE', 'GERES_KEK_CONNECTOR', 'GERES_KEK_CERTIFICATES', 'GERES_KEK_ADMIN', 'GRAFANA_PASSWORD'];
    writeFileSync(join(made, '.env'), secrets.map((name) => `${name}=x\n`).join(''));
    await finished(compose, ['-f', join(root, 'deploy', 'compose.yaml'), '--env-file', join(made, '.env'), 'config', '--quiet']);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
