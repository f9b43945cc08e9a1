# SPDX-License-Identifier: Apache-2.0
# maddy with the configuration that it ships, less the checks that need a name server of the world, and IMAP.
setup() {
    local shipped=/lab/package/src/maddy.conf
    mkdir -p /etc/maddy/certs/"$HOST" /var/lib/maddy /run/maddy
    cp /etc/lab/cert.pem /etc/maddy/certs/"$HOST"/fullchain.pem
    cp /etc/lab/key.pem /etc/maddy/certs/"$HOST"/privkey.pem
    echo 'postmaster: alice@lab.test' >/etc/maddy/aliases
    sed -e "s/^\$(hostname) = .*/\$(hostname) = $HOST/" -e 's/^$(primary_domain) = .*/$(primary_domain) = lab.test/' \
        -e "s/0\.0\.0\.0/$ADDR/g" -e '/^imap /,/^}/d' -e '/require_mx_record/d' \
        -e '/^smtp tcp/a\    debug yes\n    io_debug yes' $shipped >/etc/maddy/maddy.conf
    [ "$VARIANT" != hardened ] || harden
    [ "$VARIANT" != large ] || enlarge
    account creds create --password wonderland alice@lab.test
    account imap-acct create alice@lab.test
}

# No TLS on port 25, small messages, and what is wrong is refused at once.
harden() {
    sed -i -e '/^smtp tcp/a\    tls off\n    max_message_size 1M\n    max_header_size 64K\n    defer_sender_reject no' \
        -e 's/all concurrency 10/all concurrency 4/' /etc/maddy/maddy.conf
}

# Large messages, and who may send is not looked at.
enlarge() {
    sed -i -e '/^smtp tcp/a\    max_message_size 64M\n    max_recipients 1000\n    max_logged_rcpt_errors 1' \
        -e '/^ *dmarc yes/d' /etc/maddy/maddy.conf
}

# Before 0.6 accounts were made by a program of their own.
account() {
    if [ -e /lab/package/bin/maddyctl ]; then
        /lab/package/bin/maddyctl --config /etc/maddy/maddy.conf "$@"
    else
        /lab/package/bin/maddy --config /etc/maddy/maddy.conf "$@"
    fi
}

start() {
    local command=run
    mkdir -p /run/maddy
    [ ! -e /lab/package/bin/maddyctl ] || command=
    /lab/package/bin/maddy --config /etc/maddy/maddy.conf $command &
}
