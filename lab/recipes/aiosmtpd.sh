# SPDX-License-Identifier: Apache-2.0
# aiosmtpd: the default is its own command line, which knows no TLS.
setup() {
    cat >/etc/lab/altered.py <<'X'
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("/etc/lab/cert.pem", "/etc/lab/key.pem")


class Altered(Controller):
    def factory(self):
        return SMTP(Sink(), hostname="mail.lab.test", ident="ESMTP Postfix", tls_context=tls)


Altered(Sink(), hostname=sys.argv[1], port=25).start()
while True:
    time.sleep(1000)
X
}

start() {
    case $VARIANT in
        default) python3 -m aiosmtpd -n -c aiosmtpd.handlers.Sink -l "$ADDR:25" & ;;
        altered) python3 /etc/lab/altered.py "$ADDR" & ;;
    esac
}
