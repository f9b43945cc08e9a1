# SPDX-License-Identifier: Apache-2.0
# smtp-server.  Only the default takes mail for any domain: it has no opinion of its own.
setup() {
    cat >/etc/lab/server.js <<'X'
const fs = require('fs');
const {SMTPServer} = require('/lab/package/node_modules/smtp-server');
const [address, variant] = process.argv.slice(2);

const {version} = require('/lab/package/node_modules/smtp-server/package.json');

const options = {
  name: 'mail.lab.test',
  disableReverseLookup: true,
  authOptional: true,
  key: fs.readFileSync('/etc/lab/key.pem'),
  cert: fs.readFileSync('/etc/lab/cert.pem'),
  onAuth(auth, state, done) {
    if (auth.password === 'wonderland') done(null, {user: 'alice'});
    else done(new Error('bad'));
  },
  onData(stream, state, done) {
    stream.on('data', () => {});
    stream.on('end', () => done(null, 'queued'));
  },
};
if (!/^1\.[0-4]\./.test(version)) options.logger = true; // the first ones log unless told how
if (variant !== 'default') {
  options.onRcptTo = (recipient, state, done) => {
    if (/@lab\.test$/i.test(recipient.address)) done();
    else done(Object.assign(new Error('relay denied'), {responseCode: 550}));
  };
}
if (variant === 'altered') options.banner = 'Postfix';
if (variant === 'hardened') {
  Object.assign(options, {
    banner: 'ready',
    size: 1000000,
    disabledCommands: ['AUTH'],
    hideSTARTTLS: true,
    hidePIPELINING: true,
    hide8BITMIME: true,
    hideSMTPUTF8: true,
  });
}
if (variant === 'login') {
  Object.assign(options, {banner: 'Mail', size: 26214400, authOptional: false, allowInsecureAuth: true, maxClients: 50});
  options.authMethods = ['PLAIN', 'LOGIN', 'CRAM-MD5'];
  options.onMailFrom = (address, state, done) => done();
}

process.on('uncaughtException', () => {});
const server = new SMTPServer(options);
server.on('error', () => {});
server.listen(25, address);
X
}

start() { node /etc/lab/server.js "$ADDR" "$VARIANT" & }
