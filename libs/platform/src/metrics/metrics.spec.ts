import { describe, expect, it } from 'vitest';
import { createMetrics } from './index.js';

const lines = async (metrics: ReturnType<typeof createMetrics>, name: string): Promise<readonly string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));

describe('the metrics', () => {
  it('count lookups by outcome, service and channel, and refusals by reason', async () => {
    const metrics = createMetrics();
    metrics.lookups.inc({ esito: 'trovato', servizio: 'residenza', canale: 'ws' });
    metrics.lookups.inc({ esito: 'trovato', servizio: 'residenza', canale: 'ws' });
    metrics.refusals.inc({ motivo: 'quota-superata' });
    expect(await lines(metrics, 'geres_lookups_total')).toEqual(['geres_lookups_total{esito="trovato",servizio="residenza",canale="ws"} 2']);
    expect(await lines(metrics, 'geres_refusals_total')).toEqual(['geres_refusals_total{motivo="quota-superata"} 1']);
  });

  it('measure a lookup, ANPR and the store in seconds', async () => {
    const metrics = createMetrics();
    metrics.lookupSeconds.observe(0.2);
    metrics.anprSeconds.observe(0.15);
    metrics.storeSeconds.observe(0.004);
    expect(await lines(metrics, 'geres_lookup_seconds_sum')).toEqual(['geres_lookup_seconds_sum 0.2']);
    expect(await lines(metrics, 'geres_anpr_seconds_bucket{le="0.1"}')).toEqual(['geres_anpr_seconds_bucket{le="0.1"} 0']);
    expect(await lines(metrics, 'geres_store_append_seconds_bucket{le="0.005"}')).toEqual(['geres_store_append_seconds_bucket{le="0.005"} 1']);
  });

  it('ask at each scrape how many lookups wait and how many are out, by Comune', async () => {
    const metrics = createMetrics();
    let queues = [{ comune: 'H501', queued: 3, inFlight: 1 }, { comune: 'F205', queued: 0, inFlight: 2 }];
    metrics.observeQueues(() => queues);
    expect(await lines(metrics, 'geres_queue_depth')).toEqual(['geres_queue_depth{comune="H501"} 3', 'geres_queue_depth{comune="F205"} 0']);
    queues = [{ comune: 'F205', queued: 0, inFlight: 2 }];
    expect(await lines(metrics, 'geres_in_flight')).toEqual(['geres_in_flight{comune="F205"} 2']);
  });

  it('add up the channels of one Comune', async () => {
    const metrics = createMetrics();
    metrics.observeQueues(() => [{ comune: 'H501', queued: 3, inFlight: 1 }, { comune: 'H501', queued: 2, inFlight: 4 }]);
    expect(await lines(metrics, 'geres_queue_depth')).toEqual(['geres_queue_depth{comune="H501"} 5']);
    expect(await lines(metrics, 'geres_in_flight')).toEqual(['geres_in_flight{comune="H501"} 5']);
  });

  it('say of each Comune and channel whether ANPR is asked', async () => {
    const metrics = createMetrics();
    metrics.observeCircuits(() => [
      { comune: 'H501', channel: 'ws', circuit: 'open' },
      { comune: 'H501', channel: 'pdnd', circuit: 'half-open' },
      { comune: 'F205', channel: 'ws', circuit: 'closed' },
    ]);
    expect(await lines(metrics, 'geres_circuit_state')).toEqual(['geres_circuit_state{comune="H501",canale="ws"} 2', 'geres_circuit_state{comune="H501",canale="pdnd"} 1', 'geres_circuit_state{comune="F205",canale="ws"} 0']);
  });

  it('ask at each scrape how far behind a projection is', async () => {
    const metrics = createMetrics();
    let lag = 0.3;
    metrics.observeLag('richieste', () => lag);
    expect(await lines(metrics, 'geres_projection_lag_seconds')).toEqual(['geres_projection_lag_seconds{projection="richieste"} 0.3']);
    lag = 12;
    expect(await lines(metrics, 'geres_projection_lag_seconds')).toEqual(['geres_projection_lag_seconds{projection="richieste"} 12']);
  });

  it('measure the delay of the event loop', async () => {
    expect(await lines(createMetrics(), 'nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
  });

  it('are of one installation: two in a process do not mix', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.refusals.inc({ motivo: 'fuori-orario' });
    expect(await lines(two, 'geres_refusals_total')).toEqual([]);
  });
});
