# SPDX-License-Identifier: Apache-2.0
# The smtpd module of Python's standard library, which left it with 3.12 (a package of its own since).
setup() {
    cat >/etc/lab/server.py <<'X'
import asyncore
import smtpd
import sys

if len(sys.argv) > 2:
    smtpd.__version__ = sys.argv[2]

smtpd.DEBUGSTREAM = sys.stderr


class Forget(smtpd.SMTPServer):
    def process_message(self, *_, **__):
        pass


Forget((sys.argv[1], 25), None)
asyncore.loop()
X
}

start() {
    case $VARIANT in
        default) python3 -W ignore /etc/lab/server.py "$ADDR" & ;;
        altered) python3 -W ignore /etc/lab/server.py "$ADDR" 'ESMTP Postfix' & ;;
    esac
}
