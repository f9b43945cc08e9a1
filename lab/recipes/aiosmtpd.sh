# SPDX-License-Identifier: Apache-2.0
# aiosmtpd: the default is its own command line, which knows no TLS.
export PYTHONPATH=/lab/package # of PyPI; empty for Debian's

setup() {
    cat >/etc/lab/server.py <<'X'
import inspect
import logging
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

try:
    from aiosmtpd.smtp import AuthResult
except ImportError:
    AuthResult = None

logging.basicConfig(level=logging.DEBUG)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("/etc/lab/cert.pem", "/etc/lab/key.pem")


class Altered(Controller):
    def factory(self):
        return SMTP(Sink(), hostname="mail.lab.test", ident="ESMTP Postfix", tls_context=tls)


class Local:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if not address.lower().endswith("@lab.test"):
            return "550 relay denied"
        envelope.rcpt_tos.append(address)
        return "250 OK"


class Hardened(Controller):
    def factory(self):
        return SMTP(
            Local(),
            hostname="mail.lab.test",
            ident="ready",
            data_size_limit=1000000,
            enable_SMTPUTF8=True,
            require_starttls=True,
            tls_context=tls,
        )


class Login(Controller):
    def factory(self):
        options = {"data_size_limit": 20000000, "enable_SMTPUTF8": False, "decode_data": True}
        if "authenticator" in inspect.signature(SMTP.__init__).parameters:
            options.update(authenticator=lambda *_: AuthResult(success=False), auth_require_tls=False)
        return SMTP(Local(), hostname="mail.lab.test", **options)


kinds = {"altered": Altered, "hardened": Hardened, "login": Login}
kinds[sys.argv[2]](Sink(), hostname=sys.argv[1], port=25).start()
while True:
    time.sleep(1000)
X
}

start() {
    case $VARIANT in
        default) python3 -m aiosmtpd -d -d -n -c aiosmtpd.handlers.Sink -l "$ADDR:25" & ;;
        *) python3 /etc/lab/server.py "$ADDR" "$VARIANT" & ;;
    esac
}
