import { ownSchemas } from '../soap/official.js';
import { escaped } from '../soap/xml.js';
import type { Vendors } from '../vendors.js';

/** One plain page that says what this is, whom one can ask about, and how it is set. No script, nothing fetched from elsewhere. */
export function homePage(vendors: Vendors): string {
  const { people, disturbance, operations, security, diagnostics, answers, pdnd, versions, validate, now } = vendors.common.world;
  const { delay, faults } = disturbance;
  const rows = people.named
    .filter(({ caso }) => caso !== undefined)
    .map(({ caso, codiceFiscale, idANPR, cognome, nome, competente }) => `<tr><td>${cell(caso)}</td><td><code>${cell(codiceFiscale)}</code></td><td><code>${cell(idANPR)}</code></td><td>${cell(cognome ?? '(senza cognome)')}</td><td>${cell(nome)}</td><td>${cell(competente.nome)}</td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulatore ANPR: dati sintetici</title>
<style>
body { font-family: system-ui, sans-serif; line-height: 1.5; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #17324d; }
.avviso { border-left: 6px solid #a66300; background: #fff4e0; padding: .75rem 1rem; font-weight: 600; }
.tabella { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #c5c7c9; vertical-align: top; }
dt { font-weight: 600; }
</style>
</head>
<body>
<main>
<h1>Simulatore ANPR</h1>
<p class="avviso">Simulatore, dati sintetici: non è ANPR e nessuna delle persone elencate esiste.</p>
<p>Sostituisce i servizi web SOAP di ANPR nell’ambiente di prova di GeRes. Risponde al servizio 3002 (interrogazione) su
<code>POST /ANPR3000ServiziConsultazione/AnprService3000</code>, a 7001 (tabelle) e 7003 (versioni) su <code>POST /ANPR7001ServizioScaricoTabelle/AnprService7001</code>, alla prova di connessione su
<code>POST /ANPRTestConn/TestConn</code>.</p>
<h2>Impostazioni</h2>
<dl>
<dt>Persone</dt><dd>${String(people.named.length + people.ordinary.length)} schede (seme ${String(people.seed)})</dd>
<dt>Ritardo</dt><dd>da ${String(delay.minMs)} a ${String(delay.maxMs)} ms</dd>
<dt>Guasti</dt><dd>${faults ? `${escaped(faults.tipo)}, ${String(faults.percentuale)} % delle richieste` : 'nessuno'}</dd>
<dt>Firma dei messaggi</dt><dd>${security.firma === 'richiesta' ? 'richiesta' : 'accettata: un messaggio firmato è controllato, uno senza firma passa'}</dd>
<dt>Schema delle richieste</dt><dd>${validate === ownSchemas ? 'lettura del simulatore' : 'XSD ufficiali (<code>--xsd</code>)'}</dd>
<dt>Forma delle risposte</dt><dd>MTOM: ${escaped(answers.mtom)}; elementi facoltativi sconosciuti: ${answers.elementoIgnoto ? 'sì' : 'no'}</dd>
<dt>Versioni del protocollo</dt><dd>${versions.map(({ codDestinatario, versione, fine }) => escaped(`${codDestinatario} (${versione}${fine === undefined ? '' : `, fino al ${fine}`})`)).join('; ')}</dd>
<dt>PDND ed e-service</dt><dd>${Object.entries(pdnd.knobs).map(([name, value]) => `<code>${escaped(name)}</code> ${escaped(String(value))}`).join('; ')}</dd>
<dt>Orologio</dt><dd>${new Date(now()).toISOString()}</dd>
<dt>Fornitori</dt><dd>${vendors.all().map(({ id, comuni }) => escaped(comuni.length > 0 ? `${id} (${comuni.map(({ nome }) => nome).join(', ')})` : id)).join('; ')}</dd>
<dt>Operazioni ricevute</dt><dd>${String(operations.totals.received)}, di cui ${String(operations.totals.replays)} ripetute con la risposta già data</dd>
</dl>
<p>Si comandano con <code>/controllo/ritardo</code>, <code>/controllo/guasti</code>, <code>/controllo/sicurezza</code>, <code>/controllo/operatori</code>, <code>/controllo/orologio</code>,
<code>/controllo/fornitori</code>, <code>/controllo/certificati</code>, <code>/controllo/pdnd/comportamento</code>, <code>/controllo/pdnd/finalita</code>, <code>/controllo/risposte</code>, <code>/controllo/versioni</code>, <code>/controllo/registro</code>; <code>/controllo/persone?limite=20</code> elenca anche persone senza particolarità.</p>
<h2>Perché è stata rifiutata</h2>
<p>ANPR e PDND non dicono al chiamante la causa di un rifiuto: qui le ultime, del fornitore comune. <code>/controllo/diagnosi</code> le elenca, <code>/__sim/diagnostics/{id}</code> ne dà una.</p>
<div class="tabella">
<table>
<thead><tr><th scope="col">Quando</th><th scope="col">Canale</th><th scope="col">Visto dal chiamante</th><th scope="col">Causa</th></tr></thead>
<tbody>
${diagnostics.newest(20).map(({ quando, canale, visto, cause }) => `<tr><td>${cell(quando)}</td><td>${cell(canale)}</td><td>${cell(visto)}</td><td>${cause.map(({ codice, nome, atteso, ricevuto }) => cell([codice, nome, atteso === undefined ? undefined : `atteso ${atteso}`, ricevuto === undefined ? undefined : `ricevuto ${ricevuto}`].filter((part) => part !== undefined).join(' · '))).join('<br>')}</td></tr>`).join('\n')}
</tbody>
</table>
</div>
<h2>Casi</h2>
<div class="tabella">
<table>
<thead><tr><th scope="col">Caso</th><th scope="col">Codice fiscale</th><th scope="col">idANPR</th><th scope="col">Cognome</th><th scope="col">Nome</th><th scope="col">Comune</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>
</div>
</main>
</body>
</html>
`;
}

function cell(text: string | undefined): string {
  return escaped(text ?? '');
}
