import { checkKafka, describeSettings, engineSettings, keks, loadConfig, services, storageSettings, topicSettings } from '@geres/platform/config';
import { prepareInstallation, prepareTopics, type BusService } from '@geres/platform/distributed';
import { InvalidArgumentError, type Command } from 'commander';
import type { Given } from '../program.js';

const SERVICES = Object.keys(services) as readonly BusService[];

/** `gateway=geres-gateway,admin=…`, or `tutti`: each by its own name. */
function usersOf(given: string): Readonly<Partial<Record<BusService, string>>> {
  if (given === 'tutti') return usersOf(SERVICES.map((service) => `${service}=geres-${service}`).join());
  const users: Partial<Record<BusService, string>> = {};
  for (const one of given.split(',')) {
    const [service, user] = one.split('=') as [BusService, string?];
    if (!SERVICES.includes(service) || !user) throw new InvalidArgumentError(`«${one}» non è servizio=utente; i servizi sono ${SERVICES.join(', ')}`);
    users[service] = user;
  }
  return users;
}

/** What is done once to the engines of the distributed form, before its services. */
export function enginesCommands(program: Command, { terminal, signal }: Given): void {
  const motori = program.command('motori').summary('prepara i motori della forma distribuita').description('Prepara EventStoreDB, Kafka e MongoDB per i servizi della forma distribuita. Ciò che c’è già resta com’è.');
  motori
    .command('topic')
    .summary('crea i topic di Kafka')
    .description('Crea i topic che mancano, con le partizioni e la conservazione di ciascuno; a quelli che ci sono dà la conservazione. Il numero delle partizioni non cambia mai.')
    .option('--utenti <servizio=utente,…>', 'dà a ogni servizio i soli permessi che gli servono (ACL); «tutti»: utenti geres-gateway, geres-admin, geres-connector, geres-monitoring', usersOf, {})
    .addHelpText('after', `\nImpostazioni:\n${describeSettings(topicSettings)}`)
    .action(async ({ utenti }: { readonly utenti: ReturnType<typeof usersOf> }) => {
      const made = await prepareTopics(checkKafka(loadConfig(topicSettings, { env: process.env })), utenti);
      terminal.print(made.length === 0 ? 'i topic ci sono già tutti' : `topic creati: ${made.join(', ')}`);
      if (Object.keys(utenti).length > 0) terminal.print(`permessi dati a: ${Object.values(utenti).join(', ')}`);
    });
  motori
    .command('installazione')
    .summary('crea l’installazione, il cui ambiente non cambia più')
    .description('Controlla che EventStoreDB e MongoDB rispondano e vi crea l’installazione; se c’è già, la mostra.')
    .addHelpText('after', `\nImpostazioni:\n${describeSettings(engineSettings)}`)
    .action(async () => {
      const { id, environment } = await prepareInstallation(loadConfig(engineSettings, { env: process.env }), () => new Date());
      terminal.print(`installazione ${id}, ambiente «${environment}»`);
    });
  motori
    .command('ripristino')
    .summary('rende utilizzabile ciò che i backup dei motori hanno rimesso al loro posto')
    .description(
      'Da dare dopo aver ripristinato EventStoreDB e le raccolte «durable_» di MongoDB dai loro backup, prima di avviare i servizi. Verifica ogni registro, distrugge di nuovo i segreti che risultano distrutti, dà all’installazione una nuova incarnazione (ciò che si ricava dagli eventi si rifà) e lo annota nell’archivio. Se si interrompe, si ripete.',
    )
    .requiredOption('--del <istante>', 'quando è stato fatto il backup, per esempio 2026-11-25T02:00:00Z', instant)
    .addHelpText('after', `\nImpostazioni:\n${describeSettings({ ...storageSettings, archive: keks.archive })}`)
    .action(async ({ del }: { readonly del: Date }) => {
      const { settleEngines } = await import('../archive/on-engines.js');
      const { events, environment } = await settleEngines(del, signal, (count) => terminal.progress(`verificati ${count} eventi`));
      terminal.print(`Ripristinata l’installazione del ${del.toISOString()}: ${events} eventi, ambiente «${environment}». I servizi si possono avviare.`);
    });
}

function instant(text: string): Date {
  const date = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(date.getTime())) throw new InvalidArgumentError('un istante, per esempio 2026-11-25T02:00:00Z');
  return date;
}
