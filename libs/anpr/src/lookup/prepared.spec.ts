import { LookupRequest, romeMonth, SealedSubject } from '@geres/contracts';
import { archiveKeyId } from '@geres/platform/keys';
import { afterEach, expect, it } from 'vitest';
import { openHouse, type House } from '../testing/house.js';
import { prepared } from './prepared.js';

let house: House;
afterEach(() => house.close());

it('what was declared goes into the archive with the person, sealed like her', async () => {
  house = await openHouse();
  const command = house.ask();
  const residenza = { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Delle Prove' } };
  const request = LookupRequest.parse({ ...command.data.request, servizio: 'residenza', modalita: 'verifica', dichiarati: { residenza } });
  const at = new Date();
  const { subject } = await prepared({ ...command, data: { ...command.data, request } }, at, house.keys.archive);
  const box = await house.keys.archive.box(archiveKeyId(command.data.comune, romeMonth(at)));
  expect(SealedSubject.parse(box.open(subject, command.data.lookup))).toMatchObject({ soggetto: request.soggetto, dichiarati: { residenza } });
  expect(subject).not.toContain('Prove');
});
