import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { issuer } from '../pdnd/issuer.js';
import { KNOBS } from '../pdnd/registry.js';
import { SERVICES } from '../soap/messages.js';
import { ownSchemas } from '../soap/official.js';
import { vendors } from '../vendors.js';
import { authority } from '../wss/authority.js';
import { controlApi } from './api.js';

const page = await readFile(resolve(import.meta.dirname, '../../../../docs/simulator.md'), 'utf8');

it('docs/simulator.md names every path of the control API, and no other', async () => {
  const all = vendors({ now: () => 0, today: () => '', authority: authority(undefined), validate: ownSchemas, issuer: issuer(), nextOperationId: () => 1, later: () => undefined }, { seed: 1, people: 1, operations: 1, firma: 'accettata' });
  const app = fastify();
  const paths = new Set<string>();
  app.addHook('onRoute', ({ url }) => { paths.add(url.replace(/^\/fornitori\/:fornitore(?=\/(?!azzeramento))/, '').replace(/:(\w+)/g, '{$1}')); });
  controlApi(app, all, { ms: 0 });
  await app.ready();
  const steering = page.slice(page.indexOf('## How it is steered'), page.indexOf('## The knobs'));
  const named = [...steering.matchAll(/^\| (`\/.*?) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`?]*)/g)].map(([, path]) => path).filter((path) => path?.startsWith('/')));
  expect([...paths].sort()).toEqual([...new Set(named)].sort());
});

it('docs/simulator.md names every knob of PDND with its value at the beginning, and every SOAP service', () => {
  const rows = [...page.slice(page.indexOf('## The knobs')).matchAll(/^\| (`\w.*?) \| (.*?) \|/gm)].flatMap(([, names = '', values = '']) => names.split(', ').map((name, index) => [name.replaceAll('`', ''), values.split(', ')[index]?.replaceAll('`', '')]));
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(Object.entries(KNOBS).map(([name, value]) => [name, String(value)])));
  for (const { path } of SERVICES) expect(page).toContain(path);
});
