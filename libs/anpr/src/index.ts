export { AnprConnectorModule } from './lookup/connector.module.js';
export { CONNECTOR, openConnector, type Connector, type ConnectorPorts } from './lookup/connector.js';
export { failConnection } from './connection/connection.problems.js';
export { failLookup } from './lookup/lookup.problems.js';
export { AnprGatewayModule } from './gateway/gateway.module.js';
export { GRANTS, GrantsModule } from './grants/grants.module.js';
export { applyGrant, GRANT_PREFIXES, noGrants, type Grants } from './grants/grants.js';
export { seedConnections } from './connection/seed.js';
export { wsChannel } from './channel/ws.channel.js';
