"use strict";
/*
 * A charge point made of the npm library `ocpp-rpc` in strict mode, steered over its input.
 *
 *   node charge_point.js URL CHARGER_ID ANSWERS
 *
 * ANSWERS is JSON: what it answers to each command, by action. Each line of its input is a call
 * to make, {"call": ACTION, "payload": {…}}; each line of its output one of
 *   {"connected": SUBPROTOCOL}
 *   {"result": {…}}  or  {"fault": CODE, "description": TEXT}   the end of the last call
 *   {"command": ACTION, "payload": {…}}                         a command that was answered
 *   {"invalid": TEXT}                                           the server broke a schema
 * It closes the connection at the end of its input.
 */
const readline = require("node:readline");
const { RPCClient, createRPCError } = require("ocpp-rpc");

const [endpoint, identity, answersText] = process.argv.slice(2);
const answers = JSON.parse(answersText);
const tell = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const client = new RPCClient({
  endpoint,
  identity,
  protocols: ["ocpp1.6"],
  strictMode: true,
  reconnect: false,
  callTimeoutMs: 20000,
});

client.on("strictValidationFailure", ({ error }) => tell({ invalid: String(error) }));
client.on("badMessage", ({ error }) => tell({ invalid: String(error) }));

client.handle(({ method, params }) => {
  if (!(method in answers)) throw createRPCError("NotImplemented");
  tell({ command: method, payload: params });
  return answers[method];
});

async function main() {
  await client.connect();
  tell({ connected: client.protocol });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { call, payload } = JSON.parse(line);
    try {
      tell({ result: await client.call(call, payload) });
    } catch (error) {
      tell({ fault: error.rpcErrorCode ?? error.name, description: error.message });
    }
  }
  await client.close();
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
