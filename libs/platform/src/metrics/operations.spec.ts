import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.js';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const manual = read('docs/operations.md');
/** What is under a heading of the manual, to the next of the same level. */
const chapter = (title: string): string => manual.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
const found = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map(([, name]) => name!).sort();

const rules = read('deploy/prometheus/alerts.yaml');
const dashboard = read('deploy/grafana/dashboards/geres.json');
const exported = createMetrics().registry.getMetricsAsArray();
const own = exported.map(({ name }) => name).filter((name) => name.startsWith('geres_')).sort();

describe('the manual of operations', () => {
  it('has a line for every metric of GeRes, and for no other', () => {
    expect(own.length).toBeGreaterThan(0);
    expect(found(chapter('Metrics'), /^\| `(geres_\w+)` \|/gm)).toEqual(own);
  });

  it('says the labels of each', () => {
    const lines = [...chapter('Metrics').matchAll(/^\| `(geres_\w+)` \|([^|]*)\|/gm)].map(([, name, labels]) => [name, found(labels!, /`(\w+)`/g)] as const);
    const declared = exported.filter(({ name }) => own.includes(name)).map((metric) => [metric.name, [...((metric as unknown as { readonly labelNames: readonly string[] }).labelNames)].sort()] as const);
    expect(Object.fromEntries(lines)).toEqual(Object.fromEntries(declared));
  });

  it('says of every alert what it means and what to do, and of no other', () => {
    const alerts = found(rules, /^\s*- alert: (\w+)$/gm);
    expect(alerts.length).toBeGreaterThan(0);
    expect(found(chapter('Alerts'), /^### (\w+)$/gm)).toEqual(alerts);
    for (const part of chapter('Alerts').split(/^### /m).slice(1)) expect(part.split('\n').slice(1).join(' ').trim().length, part).toBeGreaterThan(100);
  });

  it('says how severe each is as the rules do', () => {
    const severities = Object.fromEntries([...rules.matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)/g)].map(([, alert, severity]) => [alert, severity]));
    const said = Object.fromEntries([...chapter('Alerts').matchAll(/^### (\w+)\n\n(\w+)\./gm)].map(([, alert, severity]) => [alert, severity!.toLowerCase()]));
    expect(said).toEqual(severities);
  });
});

describe.each([['alert rules', rules], ['dashboard', dashboard]])('the %s', (_, text) => {
  it('ask for metrics that are there', () => {
    const asked = new Set(found(text, /\b(geres_\w+)/g).map((name) => name.replace(/_(?:bucket|sum|count)$/, '')));
    expect([...asked].filter((name) => !own.includes(name))).toEqual([]);
  });
});
