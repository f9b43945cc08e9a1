# SPDX-License-Identifier: Apache-2.0
# OpenSMTPD: SMTP on 25, with AUTH on 587 and 465.
setup() {
    local chain='' limits='' filters='' others='' tls='tls pki lab'
    if [ "$VARIANT" = hardened ]; then
        chain='filter "chain"'
        limits='smtp max-message-size 5M
smtp limit max-mails 5'
        filters='filter "rdns" phase connect match !rdns disconnect "550 no rDNS"
filter "fcrdns" phase connect match !fcrdns junk
filter "nohelo" phase helo match helo regex "^[^.]*$" reject "550 bad helo"
filter "chain" chain { "rdns", "fcrdns", "nohelo" }'
    fi
    if [ "$VARIANT" = filtered ]; then
        chain='filter "chain" mask-src'
        tls='tls pki lab auth-optional'
        filters='filter "from" phase mail-from match mail-from regex "^$" reject "550 no bounces here"
filter "to" phase rcpt-to match rcpt-to regex "@example[.]" disconnect "421 not here"
filter "helo" phase ehlo match helo regex "^localhost$" reject "501 you are not me"
filter "chain" chain { "helo", "from", "to" }'
    fi
    if [ "$VARIANT" = plain ]; then
        tls='no-dsn'
        limits='smtp max-message-size 10M'
    fi
    if [ "$VARIANT" = openrelay ]; then
        others='action "away" relay
match from any for any action "away"'
    fi
    cat >/etc/smtpd.conf <<X
pki lab cert "/etc/lab/cert.pem"
pki lab key "/etc/lab/key600.pem"
$limits
table aliases file:/etc/aliases
$filters
listen on $ADDR port 25 $tls hostname $HOST $chain
listen on $ADDR port 587 tls-require pki lab auth hostname $HOST
listen on $ADDR port 465 smtps pki lab auth hostname $HOST
action "local" mbox alias <aliases>
match from any for domain "lab.test" action "local"
match for local action "local"
$others
X
    smtpd -n
}

start() {
    keep_syslog
    rm -f /run/smtpd.sock
    smtpd
}
