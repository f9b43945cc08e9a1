# SPDX-License-Identifier: Apache-2.0
# proxsmtp, a filter before the back end.  It drops privileges before it binds: socat relays port 25.
setup() {
    cat >/etc/lab/proxsmtp.conf <<X
OutAddress: $BACKEND:25
Listen: $ADDR:20025
FilterCommand: /bin/cat
FilterType: pipe
TempDirectory: /tmp
PidFile: /tmp/proxsmtp.pid
User: nobody
X
}

start() {
    proxsmtpd -d 4 -f /etc/lab/proxsmtp.conf &
    socat "TCP-LISTEN:25,bind=$ADDR,fork,reuseaddr" "TCP:$ADDR:20025" &
}
