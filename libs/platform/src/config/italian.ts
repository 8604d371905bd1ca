import { z } from 'zod';

/** The words of Zod's rules, in Italian, for the whole process. None of them repeats what was received. */
z.config({
  ...z.locales.it(),
  customError: (issue) => {
    if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value')) return 'manca';
    if (issue.code === 'invalid_union') return 'non ha nessuna delle forme ammesse';
    if (issue.code === 'unrecognized_keys') return 'campi sconosciuti';
    return undefined;
  },
});
