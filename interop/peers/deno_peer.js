// An echo client on rustls, by way of Deno: deno_peer.js port=8443 [bytes=64] [connections=1] [timeout=20]
//
// rustls sends TLS_EMPTY_RENEGOTIATION_INFO_SCSV and does not look at what the
// server answers to it. It writes as soon as it is connected, as HTTP clients
// do. In a splice (CVE-2009-3555) it is the lenient victim.

const options = Object.fromEntries(Deno.args.map((word) => word.split("=", 2)));
const number = (key, otherwise) => Number(options[key] ?? otherwise);

function done(reason) {
  console.log(reason ? `done status=failed reason=${reason}` : "done status=ok");
  Deno.exit(reason ? 1 : 0);
}

// Lines of one letter, which read the same backwards.
function lines(length) {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = i % 64 === 63 ? 10 : 97 + Math.floor(i / 64) % 26;
  return out;
}

async function send(connection, bytes) {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function converse() {
  const connection = await Deno.connectTls({ hostname: "127.0.0.1", port: number("port", 0) });
  const out = lines(number("bytes", 64));
  const sending = send(connection, out);
  const buffer = new Uint8Array(1 << 16);
  for (let at = 0; at < out.length;) {
    const n = await connection.read(buffer);
    if (n === null) throw new Error(`the connection ended after ${at} of ${out.length} bytes`);
    for (let i = 0; i < n; i++) if (buffer[i] !== out[at + i]) throw new Error(`byte ${at + i} came back changed`);
    at += n;
  }
  await sending;
  connection.close();
}

setTimeout(() => done("timeout"), number("timeout", 20) * 1000);
try {
  for (let i = 0; i < number("connections", 1); i++) await converse();
  done();
} catch (error) {
  done(error.message);
}
