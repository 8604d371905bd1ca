import { randomBytes } from 'node:crypto';
import { memoryCollections } from '@geres/kernel/testing';
import { keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { describe, expect, it } from 'vitest';
import { CODICE_FISCALE, ID_ANPR } from '../../testing/pdnd-answers.js';
import { knownIdAnprs, type IdAnprs, type KnownIdAnpr } from './id-anprs.js';

function world() {
  const failures: unknown[] = [];
  const collection = memoryCollections().collection<KnownIdAnpr>({ name: 'known-idanpr' });
  const keys = new KeyStore({ collection: memoryCollections().collection<WrappedSecret>({ name: 'secrets-connector' }), kek: keyEncryptionKey(randomBytes(32)) });
  const opened = (clock = () => new Date()): IdAnprs => knownIdAnprs({ collection, keys, clock, onFailure: (error) => failures.push(error) });
  return { collection, keys, failures, opened };
}

describe('the idANPR of a person', () => {
  it('is known once it was found out, also after a restart', async () => {
    const { opened, failures } = world();
    expect(await opened().find('H501', CODICE_FISCALE)).toBeUndefined();
    await opened().keep('H501', CODICE_FISCALE, ID_ANPR);
    expect(await opened().find('H501', CODICE_FISCALE)).toBe(ID_ANPR);
    expect(failures).toEqual([]);
  });

  it('is kept sealed, under nothing that tells whose it is', async () => {
    const { opened, collection } = world();
    await opened().keep('H501', CODICE_FISCALE, ID_ANPR);
    const { rows } = await collection.find({});
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${CODICE_FISCALE}|${ID_ANPR}|${Buffer.from(ID_ANPR).toString('base64url')}`));
    expect(Object.keys(rows[0]!.row)).toEqual(['sealed']);
  });

  it('is known to its Comune alone', async () => {
    const { opened, collection } = world();
    await opened().keep('H501', CODICE_FISCALE, ID_ANPR);
    expect(await opened().find('A944', CODICE_FISCALE)).toBeUndefined();
    await opened().keep('A944', CODICE_FISCALE, ID_ANPR);
    expect(new Set((await collection.find({})).rows.map(({ id }) => id.split('/')[1])).size).toBe(2);
  });

  it('is forgotten after thirty days', async () => {
    const { opened } = world();
    const longAgo = new Date(Date.now() - 30 * 86_400_000 - 1000);
    await opened(() => longAgo).keep('H501', CODICE_FISCALE, ID_ANPR);
    expect(await opened().find('H501', CODICE_FISCALE)).toBeUndefined();
  });

  it('is the one that was found out last', async () => {
    const { opened } = world();
    await opened().keep('H501', CODICE_FISCALE, ID_ANPR);
    await opened().keep('H501', CODICE_FISCALE, 'ZZ00001X6');
    expect(await opened().find('H501', CODICE_FISCALE)).toBe('ZZ00001X6');
  });

  it('found out twice at the same time is no failure', async () => {
    const { opened, failures } = world();
    await Promise.all([opened().keep('H501', CODICE_FISCALE, ID_ANPR), opened().keep('H501', CODICE_FISCALE, ID_ANPR)]);
    expect(await opened().find('H501', CODICE_FISCALE)).toBe(ID_ANPR);
    expect(failures).toEqual([]);
  });

  it('is asked of ANPR again where its secret was destroyed, or its row was moved to another person', async () => {
    const { opened, collection, keys, failures } = world();
    await opened().keep('H501', CODICE_FISCALE, ID_ANPR);
    const { rows } = await collection.find({});
    const other = (await keys.box('idanpr/H501')).tag('cf', 'SNTPRS80A41H501U');
    await collection.insert(`H501/${other}`, rows[0]!.row);
    expect(await opened().find('H501', 'SNTPRS80A41H501U')).toBeUndefined();
    await keys.destroy('idanpr/H501');
    expect(await opened().find('H501', CODICE_FISCALE)).toBeUndefined();
    expect(failures).toHaveLength(2);
  });
});
