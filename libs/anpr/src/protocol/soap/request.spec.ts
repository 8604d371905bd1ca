import { describe, expect, it } from 'vitest';
import { describeWithSchemas, invalid } from '../../testing/anpr-schema.js';
import { buildRichiesta3002, envelope, type Anagrafici, type Criteri, type Domanda3002, type LuogoNascita } from './request.js';
import { NotSendable } from './text.js';
import { at, childrenOf, text, treeOf, type Node } from './tree.js';

const domanda = (changes: Partial<Domanda3002> = {}): Domanda3002 => ({
  idOperazione: '01JGATEWAY0EXAMP0000000001',
  comuneIstat: '999001',
  comune: { nome: 'COMUNE DI ESEMPIO', codiceIstat: '999001', provincia: 'ZZ' },
  dataOra: '2026-01-20T10:15:30.120+01:00',
  tipoInvio: 'TEST',
  applicativo: { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' },
  criteri: { codiceFiscale: 'SNTPRV85C55H501U' },
  sezioni: ['2', '10', '27', '28'],
  dataRiferimento: '2026-01-20',
  territorio: 'nazionale',
  ...changes,
});

const ROMA: LuogoNascita = { comune: { nome: 'ROMA', provincia: 'RM', codiceIstat: '058091' } };
const generalita = (changes: Partial<Anagrafici> = {}): Criteri => ({ cognome: "D'ESEMPIÒ", nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: ROMA, ...changes });

const names = (node: Node | undefined): readonly string[] => node?.children.map(({ name }) => name) ?? [];
const sent = (changes: Partial<Domanda3002> = {}): Node => treeOf(buildRichiesta3002(domanda(changes)));

describe('a question to service 3002', () => {
  it('by codice fiscale is the published shape, to the letter', () => {
    expect(buildRichiesta3002(domanda())).toBe(
      '<ns:Richiesta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione"><testataRichiesta><idOperazioneComune>01JGATEWAY0EXAMP0000000001</idOperazioneComune><codMittente>999001</codMittente>' +
        '<codDestinatario>ANPR05</codDestinatario><operazioneRichiesta>3002</operazioneRichiesta><dataOraRichiesta>2026-01-20T10:15:30.120+01:00</dataOraRichiesta><tipoOperazione>C</tipoOperazione>' +
        '<tipoInvio>TEST</tipoInvio><nomeApplicativo>GeRes</nomeApplicativo><versioneApplicativo>0.1.0</versioneApplicativo><fornitoreApplicativo>GeRes</fornitoreApplicativo></testataRichiesta>' +
        '<criteriRicerca><codiceFiscale>SNTPRV85C55H501U</codiceFiscale></criteriRicerca><datiRichiesta><schedaAnagraficaRichiesta>1</schedaAnagraficaRichiesta>' +
        '<dataRiferimentoRichiesta>2026-01-20</dataRiferimentoRichiesta><datiAnagraficiRichiesti>2</datiAnagraficiRichiesti><datiAnagraficiRichiesti>10</datiAnagraficiRichiesti>' +
        '<datiAnagraficiRichiesti>27</datiAnagraficiRichiesti><datiAnagraficiRichiesti>28</datiAnagraficiRichiesti><ricercaNazionale>1</ricercaNazionale></datiRichiesta></ns:Richiesta3002>',
    );
  });

  it('by idANPR names nothing else of the person', () => {
    const request = sent({ criteri: { idANPR: 'ZZ00001X6' } });
    expect(names(at(request, 'criteriRicerca'))).toEqual(['idANPR']);
    expect(at(request, 'datiNascita')).toBeUndefined();
  });

  it('by generalità carries name and sex, and the birth beside them', () => {
    const request = sent({ criteri: generalita() });
    expect(names(request)).toEqual(['testataRichiesta', 'criteriRicerca', 'datiNascita', 'datiRichiesta']);
    expect(names(at(request, 'criteriRicerca'))).toEqual(['cognome', 'nome', 'sesso']);
    expect(text(at(request, 'criteriRicerca'), 'cognome')).toBe("D'ESEMPIÒ");
    expect(text(at(request, 'datiNascita', 'luogoNascita', 'comune'), 'nomeComune')).toBe('ROMA');
  });

  it('by generalità of somebody born abroad names the State', () => {
    const request = sent({ criteri: generalita({ luogoNascita: { estero: { codiceStato: '201', stato: 'ALBANIA', localita: 'TIRANA' } } }) });
    expect(names(at(request, 'datiNascita', 'luogoNascita', 'localita'))).toEqual(['descrizioneLocalita', 'descrizioneStato', 'codiceStato']);
  });

  it.each<[string, Partial<Anagrafici>, readonly string[], Readonly<Record<string, string | undefined>>]>([
    ['no surname', { cognome: undefined, senzaCognome: true }, ['senzaCognome', 'nome', 'sesso'], { dataEvento: '1985-03-15' }],
    ['no name', { nome: undefined, senzaNome: true }, ['cognome', 'senzaNome', 'sesso'], { dataEvento: '1985-03-15' }],
    ['an unknown day of birth', { dataNascita: '1985-03' }, ['cognome', 'nome', 'sesso'], { dataEvento: '1985-03-01', senzaGiorno: '1', senzaGiornoMese: undefined }],
    ['an unknown month of birth', { dataNascita: '1985' }, ['cognome', 'nome', 'sesso'], { dataEvento: '1985-01-01', senzaGiorno: undefined, senzaGiornoMese: '1' }],
  ])('by generalità of somebody with %s says so', (_, changes, criteri, birth) => {
    const request = sent({ criteri: generalita(changes) });
    expect(names(at(request, 'criteriRicerca'))).toEqual(criteri);
    for (const [name, value] of Object.entries(birth)) expect(text(at(request, 'datiNascita'), name)).toBe(value);
  });

  it('says always where it looks: in the whole of ANPR, or among its own residents', () => {
    const national = at(sent(), 'datiRichiesta');
    expect([text(national, 'ricercaNazionale'), at(national, 'comuneResidenza')]).toEqual(['1', undefined]);
    const residents = at(sent({ territorio: 'residenti' }), 'datiRichiesta');
    expect([text(residents, 'ricercaNazionale'), text(at(residents, 'comuneResidenza'), 'codiceIstat')]).toEqual(['0', '999001']);
  });

  it('asks for the sections given and no other', () => {
    const request = at(sent({ sezioni: ['2', '28'] }), 'datiRichiesta');
    expect(childrenOf(request, 'datiAnagraficiRichiesti').map((one) => one.text)).toEqual(['2', '28']);
  });

  it.each<[string, Partial<Domanda3002>, string]>([
    ['an operation id with dashes', { idOperazione: '6f0c1e9a-1111-4111-8111-111111111111' }, 'idOperazione'],
    ['an operation id of 31 characters', { idOperazione: 'A'.repeat(31) }, 'idOperazione'],
    ['a Comune without its leading zeros', { comuneIstat: '58091' }, 'comuneIstat'],
    ['an hour without offset', { dataOra: '2026-01-20T10:15:30' }, 'dataOra'],
    ['an application name with a hyphen', { applicativo: { nome: 'Ge-Res', versione: '1', fornitore: 'x' } }, 'applicativo.nome'],
    ['a codice fiscale with a sign', { criteri: { codiceFiscale: 'SNTPRV85C55H501!' } }, 'codiceFiscale'],
    ['a short idANPR', { criteri: { idANPR: 'ZZ00001X' } }, 'idANPR'],
    ['a surname in Cyrillic', { criteri: generalita({ cognome: 'Иванов' }) }, 'cognome'],
    ['a surname and none', { criteri: generalita({ senzaCognome: true }) }, 'cognome'],
    ['neither a name nor none', { criteri: generalita({ nome: undefined }) }, 'nome'],
    ['a birth in a thirteenth month', { criteri: generalita({ dataNascita: '1985-13' }) }, 'dataNascita'],
    ['a birth in a year of two digits', { criteri: generalita({ dataNascita: '85' }) }, 'dataNascita'],
    ['a birth on a day that does not exist', { criteri: generalita({ dataNascita: '1985-02-30' }) }, 'dataNascita'],
    ['a place of birth without province', { criteri: generalita({ luogoNascita: { comune: { nome: 'ROMA', provincia: '' } } }) }, 'luogoNascita.comune.provincia'],
    ['a State by two digits', { criteri: generalita({ luogoNascita: { estero: { codiceStato: '20', stato: 'ALBANIA' } } }) }, 'luogoNascita.estero.codiceStato'],
    ['no section', { sezioni: [] }, 'sezioni'],
    ['a section twice', { sezioni: ['2', '2'] }, 'sezioni'],
    ['everything and something', { sezioni: ['1', '2'] }, 'sezioni'],
    ['a section that table 16 does not have', { sezioni: ['31'] }, 'sezioni'],
    ['a reference day that does not exist', { dataRiferimento: '2026-02-29' }, 'dataRiferimento'],
  ])('is not made with %s', (_, changes, field) => {
    expect(() => buildRichiesta3002(domanda(changes))).toThrow(expect.objectContaining({ name: NotSendable.name, field }));
  });
});

describe('the envelope', () => {
  it('is SOAP 1.1 with the security header as it was given, and the payload untouched', () => {
    const payload = buildRichiesta3002(domanda());
    const whole = envelope(payload, '<wsse:Security xmlns:wsse="urn:x">firma</wsse:Security>');
    expect(whole).toContain(`<soapenv:Header><wsse:Security xmlns:wsse="urn:x">firma</wsse:Security></soapenv:Header><soapenv:Body>${payload}</soapenv:Body>`);
    expect(whole).toContain('xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"');
    expect(text(at(treeOf(whole), 'Header'), 'Security')).toBe('firma');
  });
});

describeWithSchemas('the schemas of ANPR accept', () => {
  const places: readonly LuogoNascita[] = [
    ROMA,
    { comune: { nome: 'BOLZANO/BOZEN', provincia: 'BZ' } },
    { comune: { nome: "SAN GIOVANNI (L'ESEMPIO)", provincia: 'ZZ', codiceIstat: '999002' } },
    { estero: { codiceStato: '201', stato: 'ALBANIA' } },
    { estero: { codiceStato: '536', stato: 'STATI UNITI D’AMERICA', localita: 'ST. PAUL / MINNESOTA (2)' } },
  ];
  const surnames = ["D'ESEMPIÒ-SAGGÌNI", 'Șerban Țepeș', 'Nguyễn', 'D’ESEMPIO', 'ƏLIYEV', 'GROẞ', 'ĂŁÜÇİŽ', 'A'.repeat(80), 'PROVA, jr.'];

  it('every question that can be asked', async () => {
    const questions = (['nazionale', 'residenti'] as const).flatMap((territorio) => [
      domanda({ territorio }),
      domanda({ territorio, criteri: { codiceFiscale: '99000000019' }, tipoInvio: 'PROD', sezioni: ['1'] }),
      domanda({ territorio, criteri: { idANPR: 'ZZ00001X6' }, dataOra: '2026-07-20T10:15:30Z' }),
      domanda({ territorio, comune: { nome: 'BOLZANO/BOZEN', codiceIstat: '021008', provincia: 'BZ' } }),
      ...places.map((luogoNascita) => domanda({ territorio, criteri: generalita({ luogoNascita }) })),
      ...['1985-03', '1985'].map((dataNascita) => domanda({ territorio, criteri: generalita({ dataNascita }) })),
      domanda({ territorio, criteri: generalita({ cognome: undefined, senzaCognome: true, dataNascita: '1985' }) }),
      domanda({ territorio, criteri: generalita({ nome: undefined, senzaNome: true }) }),
      ...surnames.map((cognome) => domanda({ territorio, criteri: generalita({ cognome, nome: cognome, sesso: 'M', dataNascita: '2024-02-29' }) })),
    ]);
    expect(await invalid('3000consultazione.xsd', questions.map(buildRichiesta3002))).toEqual([]);
  });

  it('and would not accept one whose elements are in another order', async () => {
    const wrong = buildRichiesta3002(domanda()).replace(/(<codMittente>.*?<\/codMittente>)(<codDestinatario>.*?<\/codDestinatario>)/, '$2$1');
    expect(await invalid('3000consultazione.xsd', [wrong])).toHaveLength(1);
  });
});
