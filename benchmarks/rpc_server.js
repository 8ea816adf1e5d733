"use strict";
/*
 * A central system made of the npm library `ocpp-rpc`, as its documentation shows: it stores nothing.
 *
 *   NODE_PATH=node_modules node rpc_server.js PORT
 *
 * In strict mode: it validates each request and each answer against the standard's schemas.
 */
const { RPCServer } = require("ocpp-rpc");

let transactions = 0;
const server = new RPCServer({ protocols: ["ocpp1.6"], strictMode: true });

server.on("client", (client) => {
  client.handle("BootNotification", () => ({
    status: "Accepted",
    interval: 300,
    currentTime: new Date().toISOString(),
  }));
  client.handle("StartTransaction", () => ({
    transactionId: ++transactions,
    idTagInfo: { status: "Accepted" },
  }));
  client.handle("MeterValues", () => ({}));
});

server.listen(Number(process.argv[2]), "127.0.0.1");
