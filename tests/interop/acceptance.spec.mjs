// The acceptance test that automerge-repo publishes for network adapters, run by acceptance.test.mjs.

// Loads Automerge; the published test does not.
import '@automerge/automerge-repo';
import { runNetworkAdapterTests } from '@automerge/automerge-repo/helpers/tests/network-adapter-tests.js';
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket';

/** How soon a client tries to connect again, in milliseconds: well within the time that vitest gives a test. */
const RETRY_MILLIS = 200;

/** Where the server is, with the token of one person. */
const url = process.env.SAMSYNK_URL;

runNetworkAdapterTests(async () => {
  const adapters = [1, 2, 3].map(() => new WebSocketClientAdapter(url, RETRY_MILLIS));
  // Some of its tests use two of the three.
  const teardown = () => adapters.forEach((adapter) => adapter.socket && adapter.disconnect());
  return { adapters, teardown };
});
