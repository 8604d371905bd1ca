/** Where the messages of a topic are put aside: `geres.anpr.commands` → `geres.anpr.parked`. */
export const parkedTopicOf = (topic: string): string => `${topic.slice(0, topic.lastIndexOf('.'))}.parked`;

/** The consumer group of a service for one topic. */
export const groupOf = (service: string, topic: string): string => `geres.${service}.${topic}`;
