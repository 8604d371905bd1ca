import { memoryCollections } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { beginRenewal, endRenewal, knownInstallation, sharedInstallation, unfinishedIncarnation, type InstallationRow } from './installation.js';

const now = new Date('2026-11-25T09:00:00Z');
const rowsOfSpec = () => memoryCollections().collection<InstallationRow>({ name: 'installation' });

describe('the installation that several services share', () => {
  it('is one, whichever service comes first', async () => {
    const rows = rowsOfSpec();
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => sharedInstallation(rows, 'test', now)));
    expect(others).toEqual([first, first]);
    expect(first).toMatchObject({ environment: 'test' });
  });

  it('is not that of another environment', async () => {
    const rows = rowsOfSpec();
    await sharedInstallation(rows, 'test', now);
    await expect(sharedInstallation(rows, 'produzione', now)).rejects.toThrow('«test»');
    await expect(beginRenewal(rows, 'produzione', now)).rejects.toThrow('«test»');
  });

  it('is not there before somebody makes it', async () => {
    expect(await knownInstallation(rowsOfSpec(), 'test')).toBeUndefined();
  });
});

describe('an installation that is being restored', () => {
  it('is another incarnation of the same, on which nobody starts before the end', async () => {
    const rows = rowsOfSpec();
    const before = await sharedInstallation(rows, 'test', now);
    const renewed = await beginRenewal(rows, 'test', now);
    expect(renewed).toMatchObject({ id: before.id, environment: 'test' });
    expect(renewed.incarnation).not.toBe(before.incarnation);
    await expect(sharedInstallation(rows, 'test', now)).rejects.toThrow('non è arrivato in fondo');
    await endRenewal(rows);
    expect(await sharedInstallation(rows, 'test', now)).toEqual(renewed);
  });

  it('is made where there was none', async () => {
    const rows = rowsOfSpec();
    const made = await beginRenewal(rows, 'test', now);
    await endRenewal(rows);
    expect(await knownInstallation(rows, 'test')).toEqual(made);
  });

  it('goes on as the same incarnation when it was interrupted, and as another once it has ended', async () => {
    const rows = rowsOfSpec();
    const first = await beginRenewal(rows, 'test', now);
    expect(await unfinishedIncarnation(rows, 'test')).toBe(first.incarnation);
    expect(await beginRenewal(rows, 'test', now)).toEqual(first);
    await endRenewal(rows);
    expect(await unfinishedIncarnation(rows, 'test')).toBeUndefined();
    expect((await beginRenewal(rows, 'test', now)).incarnation).not.toBe(first.incarnation);
  });
});
