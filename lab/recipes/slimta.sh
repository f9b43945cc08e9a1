# SPDX-License-Identifier: Apache-2.0
# slimta, a library of MTA parts: this one has an edge and a queue that forgets.
setup() {
    cat >/etc/lab/server.py <<'Y'
import logging
import ssl
import sys

from slimta.edge.smtp import SmtpEdge, SmtpValidators

logging.basicConfig(level=logging.DEBUG)
address, variant = sys.argv[1:]


class Queue:
    def enqueue(self, envelope):
        return [(envelope, "1")]


class Validators(SmtpValidators):
    def handle_banner(self, reply, peer):
        if variant == "altered":
            reply.message = "mail.lab.test ESMTP Postfix"
        elif variant == "hardened":
            reply.message = "mail.lab.test ready"

    def handle_rcpt(self, reply, recipient, params):
        if not recipient.lower().endswith("@lab.test"):
            reply.code = "550"
            reply.message = "5.7.1 Relay denied"

    def handle_auth(self, reply, credentials):
        reply.code = "535"
        reply.message = "5.7.8 Authentication credentials invalid"


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("/etc/lab/cert.pem", "/etc/lab/key.pem")
more = dict(max_size=1000000) if variant == "hardened" else dict(context=tls, auth=True)
edge = SmtpEdge((address, 25), Queue(), validator_class=Validators, hostname="mail.lab.test", **more)
edge.start()
edge.get()
Y
}

start() { PYTHONPATH=/lab/package python3 /etc/lab/server.py "$ADDR" "$VARIANT" & }
