// Keeps a Node process on this machine: a connection to anywhere else fails,
// and a line on standard error says so. Tests import it; programs get it by
// NODE_OPTIONS.
const net = require("node:net");
const dns = require("node:dns");

const loopback = (host) => host === undefined || /^(localhost|127(\.\d+){3}|::1|\[::1\]|::ffff:127(\.\d+){3})$/i.test(host);

function refuse(host) {
  process.stderr.write(`LEAVES THE MACHINE: ${host}\n`);
  return Object.assign(new Error(`${host} is not this machine`), { code: "ENOTFOUND" });
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const host = typeof options === "object" ? options.host : typeof args[1] === "string" ? args[1] : undefined;
  const pipe = typeof options === "object" ? options.path : typeof options === "string" && Number.isNaN(Number(options));
  if (pipe || loopback(host)) return connect.apply(this, args);
  const err = refuse(host);
  process.nextTick(() => this.destroy(err));
  return this;
};

const lookup = dns.lookup;
dns.lookup = function (host, ...rest) {
  if (loopback(host) || net.isIP(host)) return lookup.call(dns, host, ...rest);
  const err = refuse(host);
  process.nextTick(rest.at(-1), err);
};
