// The automerge-repo server as its users run it: WebSocket adapter, files, documents to those who ask.
// PORT and DATA_DIR come from the environment.

import { createServer } from 'node:http';

import { Repo } from '@automerge/automerge-repo';
import { NodeWSServerAdapter } from '@automerge/automerge-repo-network-websocket';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { WebSocketServer } from 'ws';

const server = createServer();
const sockets = new WebSocketServer({ server });
new Repo({
  network: [new NodeWSServerAdapter(sockets)],
  storage: new NodeFSStorageAdapter(process.env.DATA_DIR),
  sharePolicy: async () => false,
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
