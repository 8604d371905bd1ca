import { memoryCollections } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import { sharedInstallation, type InstallationRow } from './installation.js';

const now = new Date('2026-11-25T09:00:00Z');

describe('the installation that several services share', () => {
  it('is one, whichever service comes first', async () => {
    const rows = memoryCollections().collection<InstallationRow>({ name: 'installation' });
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => sharedInstallation(rows, 'test', now)));
    expect(others).toEqual([first, first]);
    expect(first).toMatchObject({ environment: 'test' });
  });

  it('is not that of another environment', async () => {
    const rows = memoryCollections().collection<InstallationRow>({ name: 'installation' });
    await sharedInstallation(rows, 'test', now);
    await expect(sharedInstallation(rows, 'produzione', now)).rejects.toThrow('«test»');
  });
});
