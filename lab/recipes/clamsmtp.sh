# SPDX-License-Identifier: Apache-2.0
# clamsmtp, a filter before the back end, without a ClamAV.  It drops privileges before it binds: socat relays port 25.
setup() {
    cat >/etc/lab/clamsmtp.conf <<X
OutAddress: $BACKEND:25
Listen: $ADDR:20025
ClamAddress: 127.20.${ADDR#127.10.}:3310
TempDirectory: /tmp
PidFile: /tmp/clamsmtp.pid
User: nobody
TransparentProxy: off
X
}

start() {
    clamsmtpd -d 4 -f /etc/lab/clamsmtp.conf &
    socat "TCP-LISTEN:25,bind=$ADDR,fork,reuseaddr" "TCP:$ADDR:20025" &
}
