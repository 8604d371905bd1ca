import { randomUUID } from 'node:crypto';
import type { EventMeta, NewEvent } from '../event.js';

/** A name that no other run has used: contracts also run on servers that keep what they are given. */
export const unique = (prefix: string): string => `${prefix}${randomUUID().replaceAll('-', '')}`;

export const sampleMeta: EventMeta = { actor: 'system:spec', correlationId: 'c', causationId: 'c', recordedAt: '2026-11-23T09:00:00.000Z', environment: 'test' };

/** An event of no aggregate, with an id of its own. */
export const sampleEvent = (data: object = {}, meta: Partial<EventMeta> = {}): NewEvent => ({ id: randomUUID(), type: 'spec.thing.happened', v: 1, data, meta: { ...sampleMeta, ...meta } });

export const sampleEvents = (count: number): readonly NewEvent[] => Array.from({ length: count }, (_, index) => sampleEvent({ index }));
