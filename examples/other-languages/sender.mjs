#!/usr/bin/env node
// An event from Node without a package: sender.mjs CONTEXT NAME. The format is told in upto/WIRE.md.
// You should see an event of a tenth of a second: upto show CONTEXT
import dgram from "node:dgram";

const text = (value) => {
  const data = Buffer.from(value);
  return Buffer.concat([Buffer.from([0xda, data.length >> 8, data.length & 255]), data]);
};
const whole = (value) => { const data = Buffer.alloc(9, 0xcf); data.writeBigUInt64BE(value, 1); return data; };
const message = (context, name, kind, id) => {
  const now = BigInt(Date.now()) * 1_000_000n;
  const pairs = { context: text(context), name: text(name), type: Buffer.from([kind]), time: whole(now), id: whole(id) };
  const entries = Object.entries(pairs).flatMap(([key, value]) => [text(key), value]);
  return Buffer.concat([Buffer.from([0x80 + Object.keys(pairs).length]), ...entries]);
};

const server = new URL(`udp://${process.env.UPTO_SERVER || "127.0.0.1"}`); // host, host:port, [::1]:port
const [host, port] = [server.hostname.replace(/[[\]]/g, ""), server.port || 8123];
const [context, name] = process.argv.slice(2);
const sender = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
sender.send(message(context, name, 0, BigInt(process.pid)), port, host);
await new Promise((done) => setTimeout(done, 100)); // the work
sender.send(message(context, name, 1, BigInt(process.pid)), port, host, () => sender.close());
