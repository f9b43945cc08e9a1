# SPDX-License-Identifier: Apache-2.0
# qpsmtpd's forking server, without the block lists that ask the network.
setup() {
    cd /etc/qpsmtpd
    echo lab.test >rcpthosts
    echo "$HOST" >me
    : >relayclients
    : >dnsbl_zones
    : >rhsbl_zones
    mkdir -p ssl /var/spool/qpmaildir
    cp /etc/lab/cert.pem ssl/qpsmtpd-server.crt
    cp /etc/lab/key.pem ssl/qpsmtpd-server.key
    cp /etc/lab/cert.pem ssl/qpsmtpd-ca.crt
    chown -R qpsmtpd: /var/spool/qpmaildir ssl
    sed -i '/\$include/d; /rhsbl/d; /dnsbl/d' plugins
    echo 'queue/maildir /var/spool/qpmaildir' >>plugins
    if ! grep -q tls plugins; then
        sed -i "1i tls $PWD/ssl/qpsmtpd-server.crt $PWD/ssl/qpsmtpd-server.key $PWD/ssl/qpsmtpd-ca.crt" plugins
    fi
    if [ "$VARIANT" = altered ]; then echo "mail.lab.test ESMTP Postfix" >smtpgreeting; fi
    chmod -R a+rX .
}

start() {
    mkdir -p /run/qpsmtpd
    chown qpsmtpd: /run/qpsmtpd
    cd /usr/share/qpsmtpd
    QPSMTPD_CONFIG=/etc/qpsmtpd qpsmtpd-forkserver --port 25 --listen-address "$ADDR" --user qpsmtpd \
        --limit-connections 50 --max-from-ip 50 --pid-file /run/qpsmtpd/q.pid &
}
