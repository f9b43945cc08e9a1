# SPDX-License-Identifier: Apache-2.0
# Twisted Mail.  Its own "twistd mail" cannot add users under Python 3: a factory of our own does.
export PYTHONPATH=/lab/package # of PyPI; empty for Debian's

setup() {
    cat >/etc/lab/server.py <<'X'
import sys

from twisted.cred import checkers
from twisted.cred.portal import IRealm, Portal
from twisted.internet import defer, reactor, ssl
from twisted.mail import smtp
from twisted.mail.imap4 import LOGINCredentials
from zope.interface import implementer


@implementer(smtp.IMessage)
class Message:
    def lineReceived(self, line):
        pass

    def eomReceived(self):
        return defer.succeed(None)

    def connectionLost(self):
        pass


@implementer(smtp.IMessageDelivery)
class Delivery:
    def receivedHeader(self, helo, origin, recipients):
        return b"Received: x"

    def validateFrom(self, helo, origin):
        return origin

    def validateTo(self, user):
        if user.dest.domain.lower() == b"lab.test":
            return Message
        raise smtp.SMTPBadRcpt(user)


@implementer(IRealm)
class Realm:
    def requestAvatar(self, avatar, mind, *interfaces):
        return smtp.IMessageDelivery, Delivery(), lambda: None


class Factory(smtp.SMTPFactory):
    protocol = smtp.ESMTP

    def buildProtocol(self, address):
        protocol = smtp.SMTPFactory.buildProtocol(self, address)
        protocol.ctx = ssl.DefaultOpenSSLContextFactory("/etc/lab/key.pem", "/etc/lab/cert.pem")
        protocol.portal = portal
        protocol.host = b"mail.lab.test"
        protocol.challengers = {b"LOGIN": LOGINCredentials}
        return protocol


alice = checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"wonderland")
portal = Portal(Realm(), [alice, checkers.AllowAnonymousAccess()])
factory = Factory(portal)
factory.domain = "mail.lab.test"
reactor.listenTCP(25, factory, interface=sys.argv[1])
reactor.run()
X
}

start() { python3 /etc/lab/server.py "$ADDR" & }
