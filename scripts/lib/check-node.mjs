// Stops with one clear line when Node is too old. Imported first by every script; written in syntax that an old
// Node can still read.
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`cuehub needs Node 20.19 or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}
