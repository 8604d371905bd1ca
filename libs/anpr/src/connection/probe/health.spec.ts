import { memoryCollections } from '@geres/kernel/testing';
import { createMetrics } from '@geres/platform/metrics';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { Daily } from './daily.js';
import { connectionsInHealth } from './health.js';
import { Probes } from './probes.js';

it('tells which connections ANPR does not answer, where it ended and since when', async () => {
  const now = new Date('2026-11-23T09:00:00Z');
  const found = { H501: { succeeded: true, elapsedMs: 1 }, F205: { succeeded: false, step: 'tls', elapsedMs: 1 } };
  const ports = { clock: () => now, onFailure: () => undefined };
  const probes = new Probes({ ...ports, active: () => Object.entries(found).map(([comune, test]) => ({ comune, probe: () => Promise.resolve(test) })), onChange: () => undefined });
  const daily = new Daily({ ...ports, metrics: createMetrics(), services: () => [], tables: memoryCollections().collection({ name: 'tables' }), onEnding: () => undefined });
  await probes.look();

  @Module({ providers: [{ provide: Probes, useValue: probes }, { provide: Daily, useValue: daily }] })
  class Root {}
  const app = await NestFactory.createApplicationContext(Root, { logger: false });
  expect(connectionsInHealth(app)).toEqual({ anpr: { connessioniProvate: 2, nonRaggiungibili: [{ comune: 'F205', passo: 'tls', da: now.toISOString() }] } });
  await app.close();
});
