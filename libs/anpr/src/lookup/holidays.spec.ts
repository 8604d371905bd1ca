import { expect, it } from 'vitest';
import { italianHolidays } from './holidays.js';

it('knows the public holidays of Italy, movable ones too', async () => {
  const isHoliday = await italianHolidays(2026);
  expect(['2026-04-06', '2026-04-25', '2026-06-02', '2026-08-15', '2026-10-04', '2026-12-26', '2027-03-29'].filter((day) => !isHoliday(day))).toEqual([]);
  expect(['2026-04-07', '2026-11-23', '2026-06-29'].filter(isHoliday)).toEqual([]);
});
