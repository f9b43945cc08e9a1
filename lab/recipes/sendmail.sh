# SPDX-License-Identifier: Apache-2.0
# Sendmail with Debian's sendmail.mc: SMTP on 25, submission on 587, with AUTH on 465.
# Debian's limit of 10 connections a minute is off: it would answer 421 to our tests.
# So is the load average at which it stops to listen: starting the lab exceeds it.
setup() {
    cd /etc/mail
    sed -i -E "
        s/Port=smtp, Addr=127.0.0.1/Port=smtp, Addr=$ADDR/
        s/Port=submission, M=Ea, Addr=127.0.0.1/Port=submission, M=Ea, Addr=$ADDR/
        /Family=inet6/d
        /^MASQUERADE_AS|masquerade_envelope|allmasquerade/d
        /^MAILER|^confCONN|confCONNECTION_RATE_THROTTLE/d" sendmail.mc
    sed -i -E '/^(ClientRate|ClientConn):/d; /^(Connect|GreetPause):(127|IPv6|localhost)/d' access
    case $VARIANT in
        hardened | private | open) sed -i '/confPRIVACY_FLAGS/,+1d' sendmail.mc ;;
    esac
    case $VARIANT in
        hardened | open) : >helpfile ;;
    esac
    { cat sendmail.mc; features; variant_features; mailers; } >lab.mc
    m4 lab.mc >sendmail.cf
    # shellcheck disable=SC2094 # it writes access.db
    makemap hash access <access
    echo lab.test >>local-host-names
    [ "$VARIANT" != openrelay ] || printf 'postmaster: root\nabuse: root\n' >>aliases
    newaliases
    add_login
}

# m4 quotes with `this'.
features() {
    if [ "$VARIANT" != private ]; then tls; fi
    cat <<X
define(\`confCONNECTION_RATE_THROTTLE',\`0')dnl
define(\`confREFUSE_LA',\`1000')dnl
define(\`confLOG_LEVEL',\`15')dnl
define(\`confAUTH_MECHANISMS',\`PLAIN LOGIN')dnl
define(\`confDOMAIN_NAME',\`$HOST')dnl
DAEMON_OPTIONS(\`Family=inet, Name=SMTPS-v4, Port=465, M=Eas, Addr=$ADDR')dnl
X
}

# The private one does without.
tls() {
    cat <<'X'
define(`confCACERT',`/etc/lab/cert.pem')dnl
define(`confCACERT_PATH',`/etc/ssl/certs')dnl
define(`confSERVER_CERT',`/etc/lab/cert.pem')dnl
define(`confSERVER_KEY',`/etc/lab/key600.pem')dnl
X
}

variant_features() {
    case $VARIANT in
        altered) echo "define(\`confSMTP_LOGIN_MSG',\`mail.lab.test Postfix')dnl" ;;
        hardened)
            cat <<'X'
define(`confSMTP_LOGIN_MSG',`$j ready')dnl
define(`confPRIVACY_FLAGS',`goaway,noetrn,restrictmailq,restrictqrun,restrictexpand,noreceipts,nobodyreturn,noactualrecipient')dnl
define(`confALLOW_BOGUS_HELO',`False')dnl
define(`confMAX_RCPTS_PER_MESSAGE',`5')dnl
define(`confBAD_RCPT_THROTTLE',`1')dnl
FEATURE(`block_bad_helo')dnl
FEATURE(`require_rdns')dnl
X
            ;;
        private)
            cat <<'X'
define(`confSMTP_LOGIN_MSG',`$j Sendmail; $b')dnl
define(`confPRIVACY_FLAGS',`authwarnings,novrfy,noexpn,noverb,needmailhelo')dnl
define(`confMAX_MESSAGE_SIZE',`20971520')dnl
FEATURE(`delay_checks')dnl
FEATURE(`nocanonify')dnl
X
            ;;
        open)
            cat <<'X'
define(`confPRIVACY_FLAGS',`public')dnl
define(`confMAX_HEADERS_LENGTH',`32768')dnl
define(`confMAX_RCPTS_PER_MESSAGE',`100')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`greet_pause',`100')dnl
X
            ;;
        openrelay) echo "FEATURE(\`promiscuous_relay')dnl" ;;
    esac
}

mailers() {
    cat <<'X'
MAILER_DEFINITIONS
MAILER(`local')dnl
MAILER(`smtp')dnl
X
}

add_login() {
    mkdir -p /etc/mail/sasl
    printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n' |
        tee /etc/mail/sasl/Sendmail.conf >/usr/lib/sasl2/Sendmail.conf
    echo wonderland | saslpasswd2 -p -c -u "$HOST" alice
    chgrp smmta /etc/sasldb2
    chmod 640 /etc/sasldb2
}

start() {
    keep_syslog
    mkdir -p /run/sendmail/{mta,msp,stampdir}
    chown -R smmta:smmsp /run/sendmail
    chmod 755 /run/sendmail/mta
    rm -f /run/sendmail/mta/*
    /usr/sbin/sendmail-mta -bd -q10m -L sm-mta
}
