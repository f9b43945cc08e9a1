# SPDX-License-Identifier: Apache-2.0
# DavMail, a gateway to Exchange.  A web server that knows one empty page stands for the Exchange.
setup() {
    cat >/etc/lab/davmail.properties <<X
davmail.server=true
davmail.mode=O365Manual
davmail.url=http://127.20.${ADDR#127.10.}:8081/ews
davmail.allowRemote=true
davmail.bindAddress=$ADDR
davmail.smtpPort=25
davmail.imapPort=
davmail.popPort=
davmail.caldavPort=
davmail.ldapPort=
davmail.disableUpdateCheck=true
davmail.logFilePath=/tmp/davmail.log
X
}

start() {
    mkdir -p /tmp/exchange
    echo ok >/tmp/exchange/ews
    python3 -m http.server --bind "127.20.${ADDR#127.10.}" --directory /tmp/exchange 8081 &
    davmail-server /etc/lab/davmail.properties &
}
