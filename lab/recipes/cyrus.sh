# SPDX-License-Identifier: Apache-2.0
# Cyrus IMAP's LMTP server.
setup() {
    cat >/etc/cyrus.conf <<X
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}
SERVICES {
  lmtp cmd="lmtpd" listen="$ADDR:25" prefork=1 maxchild=20
}
EVENTS {
  checkpoint cmd="/usr/sbin/cyrus ctl_cyrusdb -c" period=30
}
X
    install -o cyrus -m 600 /etc/lab/key.pem /etc/lab/keycyrus.pem
    sed -i '/^tls_/d;/^lmtpsocket/d' /etc/imapd.conf
    cat >>/etc/imapd.conf <<X
servername: $HOST
tls_server_cert: /etc/lab/cert.pem
tls_server_key: /etc/lab/keycyrus.pem
sasl_mech_list: PLAIN
admins: cyrus
sync_log: 0
debug: yes
X
    if [ "$VARIANT" = altered ]; then echo 'serverinfo: off' >>/etc/imapd.conf; fi
    echo wonderland | saslpasswd2 -p -c -u "$HOST" alice
    chmod 644 /etc/sasldb2
    make_run
    if [ -x /usr/lib/cyrus/bin/makedirs ]; then
        setpriv --reuid=cyrus --regid=mail --init-groups /usr/lib/cyrus/bin/makedirs --cleanquota # su: "expired"
    else
        /usr/sbin/cyrus makedirs
    fi
}

make_run() {
    mkdir -p /run/cyrus/{proc,lock,socket}
    chown -R cyrus:mail /run/cyrus
}

start() {
    keep_syslog
    local path
    make_run
    for path in /usr/lib/cyrus/bin/master /usr/lib/cyrus/bin/cyrmaster /usr/sbin/cyrmaster; do
        [ -x $path ] || continue
        $path -M /etc/cyrus.conf &
        return
    done
}
