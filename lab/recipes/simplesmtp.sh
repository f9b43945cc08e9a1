# SPDX-License-Identifier: Apache-2.0
# simplesmtp, the ancestor of smtp-server.
setup() {
    cat >/etc/lab/server.js <<'X'
const simplesmtp = require('/lab/package/node_modules/simplesmtp');
const [address, variant] = process.argv.slice(2);
const options = {name: 'mail.lab.test', disableDNSValidation: true, debug: true};
if (variant === 'altered') options.SMTPBanner = 'Postfix';

process.on('uncaughtException', () => {});
const server = simplesmtp.createServer(options);
server.on('startData', () => {});
server.on('data', () => {});
server.on('dataReady', (connection, done) => done(null, 'ABC1'));
server.listen(25, address, () => {});
X
}

start() { node /etc/lab/server.js "$ADDR" "$VARIANT" & }
