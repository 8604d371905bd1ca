/** Which partition of its topic a key goes to, by the way producers choose it: what has one key is in one place, and several Comuni may share it. */
export async function partitionsOf(partitions: number): Promise<(key: string) => number> {
  const { Partitioners } = (await import('kafkajs')).default;
  const choose = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, partitionErrorCode: 0, leader: 0, replicas: [0], isr: [0] }));
  return (key) => choose({ topic: '', partitionMetadata, message: { key, value: null } });
}
