import { describe, expect, it } from 'vitest';
import { NotSendable, sendableDay, sendableText } from './text.js';

const name = (text: string): string => sendableText('cognome', text, 'name');

describe('a name on its way to ANPR', () => {
  it.each([
    ["D'ESEMPIÒ-SAGGÌNI", "D'ESEMPIÒ-SAGGÌNI"],
    ['ĂÂÎŁÜÇİŽ', 'ĂÂÎŁÜÇİŽ'],
    ['de  la   Prova ', 'de la Prova'],
    ['PROVA\u00a0ESEMPIO', 'PROVA ESEMPIO'],
    ['D’ESEMPIO', "D'ESEMPIO"],
    ['D`ESEMPIO', "D'ESEMPIO"],
    ['PROVA–SAGGIO', 'PROVA-SAGGIO'],
    ['Șerban Țepeș', 'Şerban Ţepeş'],
    ['Nguyễn Thị Huệ', 'Nguyen Thi Hue'],
    ['S\u0327 composta', 'Ş composta'],
    ['ƏLIYEV', 'ELIYEV'],
    ['GROẞ', 'GROSS'],
    ['ﬁnto', 'finto'],
  ])('is written as its schema wants it: %s', (written, sent) => {
    expect(name(written)).toBe(sent);
  });

  it.each(['Γιώργος', 'Иванов', '李', 'PROVA2', 'A/B', 'A×B', 'A÷B', 'A\u0085B\u009f', '', '   ', '\u0301'])('is not sent in another alphabet or with other signs: %j', (written) => {
    expect(() => name(written)).toThrow(NotSendable);
  });

  it('keeps to the length of the schema, counted as it is sent', () => {
    expect(name('A'.repeat(80))).toHaveLength(80);
    expect(() => name('A'.repeat(81))).toThrow(NotSendable);
    expect(() => name('ẞ'.repeat(41))).toThrow(NotSendable);
  });

  it('is named by its field in the error, never by its value', () => {
    expect(() => name('Иванов')).toThrow(expect.objectContaining({ field: 'cognome', message: expect.not.stringContaining('Иванов') as string }));
  });
});

describe('the name of a place on its way to ANPR', () => {
  it.each(['BOLZANO/BOZEN', 'PROVA (FRAZIONE 2)', "REGGIO NELL'EMILIA", 'VILLA 30 GIUGNO'])('may be bilingual or numbered: %s', (written) => {
    expect(sendableText('comune', written, 'place')).toBe(written);
  });

  it('has no slash where the schema has none', () => {
    expect(() => sendableText('stato', 'A/B', 'text')).toThrow(NotSendable);
    expect(sendableText('stato', 'STATO 2', 'text')).toBe('STATO 2');
  });
});

describe('a day on its way to ANPR', () => {
  it.each(['2024-02-29', '2000-02-29', '1938-01-30', '1900-12-31', '0001-01-01'])('exists: %s', (day) => {
    expect(sendableDay('dataNascita', day)).toBe(day);
  });
  it.each(['2023-02-29', '1900-02-29', '2024-13-01', '2024-00-10', '2024-04-31', '2024-01-00', '0000-01-01', '24-01-01', '2024-01-01+01:00', '2024-1-1'])('or is not sent: %s', (day) => {
    expect(() => sendableDay('dataNascita', day)).toThrow(NotSendable);
  });
});
