import { describe, expect, it } from 'vitest';
import { ComuneDirectory } from './index.js';

/** Sardinia, 2026: the Comune goes to another province and keeps its codice catastale. */
const olbia = {
  comune: 'G015',
  name: 'Olbia',
  province: 'SS',
  istatCodes: [
    { code: '104017', from: '2005-05-08', to: '2016-12-31' },
    { code: '090047', from: '2017-01-01', to: '2026-05-31' },
    { code: '113017', from: '2026-06-01' },
  ],
};
const roma = { comune: 'H501', name: 'Roma', province: 'RM', istatCodes: [{ code: '058091', from: '1871-01-01' }] };

function directory(...facts: readonly Parameters<ComuneDirectory['put']>[0][]): ComuneDirectory {
  const comuni = new ComuneDirectory();
  for (const one of facts) comuni.put(one);
  return comuni;
}

describe('the directory of Comuni', () => {
  it.each(['G015', '104017', '090047', '113017'])('finds a Comune by %s, whichever code it has or has had', (code) => {
    expect(directory(roma, olbia).resolve(code)).toMatchObject({ comune: 'G015', name: 'Olbia' });
  });

  it.each([
    ['2010-01-01', '104017'],
    ['2016-12-31', '104017'],
    ['2017-01-01', '090047'],
    ['2026-05-31', '090047'],
    ['2026-06-01', '113017'],
    ['2030-01-01', '113017'],
  ])('tells the ISTAT code in force on %s', (day, istat) => {
    expect(directory(olbia).resolve('G015', day)?.istat).toBe(istat);
  });

  it('tells the last code of a Comune that has none any more', () => {
    expect(directory({ ...olbia, istatCodes: olbia.istatCodes.slice(0, 2) }).resolve('G015', '2027-01-01')?.istat).toBe('090047');
  });

  it.each(['X999', '999999', ''])('does not know %s', (code) => {
    expect(directory(roma, olbia).resolve(code)).toBeUndefined();
  });

  it('forgets a code that a correction has taken away, and knows the new one', () => {
    const comuni = directory(olbia, roma);
    comuni.put({ ...olbia, istatCodes: [{ code: '090048', from: '2017-01-01' }] });
    expect(comuni.resolve('090047')).toBeUndefined();
    expect(comuni.resolve('090048')?.comune).toBe('G015');
    expect(comuni.resolve('058091')?.comune).toBe('H501');
  });

  it('lists every Comune as it is on a day', () => {
    expect(directory(roma, olbia).all('2026-06-01')).toEqual([
      { comune: 'H501', name: 'Roma', province: 'RM', istat: '058091' },
      { comune: 'G015', name: 'Olbia', province: 'SS', istat: '113017' },
    ]);
  });
});
