/** The connector without the shell of Nest: for whoever puts it together by hand. */
export { openConnector, type Connector, type ConnectorPorts } from './lookup/connector.js';
export { applyGrant, GRANT_PREFIXES, noGrants, type Grants } from './grants/grants.js';
export { wsChannel } from './channel/ws.channel.js';
