# SPDX-License-Identifier: Apache-2.0
# secure-smtpd: Python's smtpd with processes and AUTH, which the altered and the open one go without.
setup() {
    cat >/etc/lab/server.py <<'Y'
import smtpd
import sys

smtpd.EMPTYSTRING = ""  # which newer ones do not have

from secure_smtpd import SMTPServer


class Server(SMTPServer):
    def process_message(self, *arguments, **more):
        pass


class Alice:
    def validate(self, user, password):
        return user == "alice" and password == "wonderland"


address, variant = sys.argv[1:]
if variant == "altered":
    smtpd.__version__ = "Postfix"
    server = Server((address, 25), None)
elif variant == "open":
    server = Server((address, 25), None)
else:
    server = Server((address, 25), None, require_authentication=True, credential_validator=Alice())
server.run()
Y
}

start() { PYTHONPATH=/lab/package python3 /etc/lab/server.py "$ADDR" "$VARIANT" & }
