import { escaped } from '../soap/xml.js';
import type { World } from '../soap/service.js';

/** One plain page that says what this is, whom one can ask about, and how it is set. No script, nothing fetched from elsewhere. */
export function homePage({ people, disturbance, operations }: World): string {
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
<code>POST /ANPR3000ServiziConsultazione/AnprService3000</code> e alla prova di connessione su <code>POST /ANPRTestConn/TestConn</code>.</p>
<h2>Impostazioni</h2>
<dl>
<dt>Persone</dt><dd>${String(people.named.length + people.ordinary.length)} schede (seme ${String(people.seed)})</dd>
<dt>Ritardo</dt><dd>da ${String(delay.minMs)} a ${String(delay.maxMs)} ms</dd>
<dt>Guasti</dt><dd>${faults ? `${escaped(faults.tipo)}, ${String(faults.percentuale)} % delle richieste` : 'nessuno'}</dd>
<dt>Operazioni ricevute</dt><dd>${String(operations.totals.received)}, di cui ${String(operations.totals.replays)} ripetute con la risposta già data</dd>
</dl>
<p>Si comandano con <code>/controllo/ritardo</code>, <code>/controllo/guasti</code>, <code>/controllo/registro</code>; <code>/controllo/persone?limite=20</code> elenca anche persone senza particolarità.</p>
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
