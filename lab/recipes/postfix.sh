# SPDX-License-Identifier: Apache-2.0
# Postfix: SMTP on 25, submission with AUTH on 587 and 465.
set_options() { postconf -e "$@"; }
# shellcheck source=/dev/null
. /lab/src/recipes/postfix-audit.inc

setup() {
    # inet_interfaces stays with 127.0.0.1: the services carry their address, which no interface has.
    set_options "myhostname=$HOST" "mydestination=\$myhostname, lab.test, localhost" "mynetworks=$ADDR/32" \
        inet_interfaces=127.0.0.1 "proxy_interfaces=$ADDR" inet_protocols=ipv4 relayhost= \
        smtpd_tls_cert_file=/etc/lab/cert.pem smtpd_tls_key_file=/etc/lab/key600.pem smtp_tls_security_level=none \
        maillog_file=/var/log/postfix.log maillog_file_prefixes=/var
    newaliases
    add_login
    sed -i -E "s/^smtp( +inet .*smtpd)/$ADDR:smtp\1/" /etc/postfix/master.cf
    if audited; then
        audit
        return
    fi
    add_submission submission smtpd_tls_security_level=encrypt
    add_submission smtps smtpd_tls_wrappermode=yes
    case $VARIANT in
        altered) set_options "smtpd_banner=\$myhostname Microsoft ESMTP MAIL Service ready" 'mail_name=Microsoft ESMTP' ;;
        hardened) harden ;;
        postscreen) screen ;;
        early) refuse_early ;;
        relay) relay ;;
        codes) change_codes ;;
    esac
}

add_login() {
    mkdir -p /etc/postfix/sasl
    printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN CRAM-MD5\n' >/etc/postfix/sasl/smtpd.conf
    echo wonderland | saslpasswd2 -p -c -u "$HOST" alice
    chgrp postfix /etc/sasldb2
    chmod 640 /etc/sasldb2
}

add_submission() { # SERVICE OPTION
    cat >>/etc/postfix/master.cf <<X
$ADDR:$1 inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o $2
X
}

harden() {
    set_options "smtpd_banner=\$myhostname ESMTP" disable_vrfy_command=yes smtpd_helo_required=yes strict_rfc821_envelopes=yes \
        smtpd_helo_restrictions=reject_invalid_helo_hostname,reject_non_fqdn_helo_hostname \
        smtpd_sender_restrictions=reject_non_fqdn_sender,reject_unknown_sender_domain \
        smtpd_recipient_restrictions=reject_unauth_pipelining,reject_non_fqdn_recipient,reject_unknown_recipient_domain,reject_unauth_destination \
        smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination \
        smtpd_data_restrictions=reject_unauth_pipelining,reject_multi_recipient_bounce \
        smtpd_delay_reject=yes smtpd_reject_unlisted_sender=yes \
        smtpd_discard_ehlo_keywords=pipelining,etrn,dsn,vrfy,chunking \
        smtpd_soft_error_limit=2 smtpd_hard_error_limit=5
    if postconf -d smtpd_forbid_bare_newline 2>/dev/null | grep -q .; then
        set_options smtpd_forbid_bare_newline=yes smtpd_forbid_unauth_pipelining=yes
    fi
}

# Refusals at the stage they belong to, as older guides have it; no TLS.
refuse_early() {
    set_options smtpd_delay_reject=no smtpd_helo_required=yes disable_vrfy_command=yes \
        'smtpd_client_restrictions=permit_mynetworks,reject_unknown_client_hostname' \
        'smtpd_helo_restrictions=permit_mynetworks,reject_invalid_helo_hostname' \
        'smtpd_sender_restrictions=permit_mynetworks,reject_non_fqdn_sender,reject_unknown_sender_domain' \
        smtpd_tls_security_level=none message_size_limit=20480000
}

# A large installation's: AUTH under TLS on 25 too, extensions off, temporary refusals, a banner of its own.
relay() {
    set_options smtpd_tls_security_level=may smtpd_tls_auth_only=yes smtpd_sasl_auth_enable=yes smtputf8_enable=no \
        smtpd_discard_ehlo_keywords=chunking,silent-discard 'smtpd_banner=$myhostname ESMTP Service ready' \
        message_size_limit=52428800 soft_bounce=yes smtpd_error_sleep_time=0 'smtpd_etrn_restrictions=reject' \
        'smtpd_recipient_restrictions=reject_non_fqdn_recipient,reject_unauth_destination,reject_unlisted_recipient'
}

# Codes and words of its own, and no PIPELINING.
change_codes() {
    set_options smtpd_tls_security_level=may smtpd_helo_required=yes invalid_hostname_reject_code=550 \
        non_fqdn_reject_code=550 unknown_address_reject_code=550 unknown_local_recipient_reject_code=450 \
        'smtpd_helo_restrictions=reject_non_fqdn_helo_hostname' 'smtpd_data_restrictions=reject_unauth_pipelining' \
        'smtpd_reject_footer=Contact postmaster of $mydomain' smtpd_discard_ehlo_keywords=pipelining,etrn \
        'smtpd_relay_restrictions=permit_mynetworks,defer_unauth_destination' strict_rfc821_envelopes=yes
}

# Deep protocol tests with a cache of one second, so that every probe looks like a new client.
screen() {
    sed -i "s/^$ADDR:smtp .*/$ADDR:smtp inet n - y - 1 postscreen/" /etc/postfix/master.cf
    cat >>/etc/postfix/master.cf <<'X'
smtpd pass - - y - - smtpd
dnsblog unix - - y - 0 dnsblog
tlsproxy unix - - y - 0 tlsproxy
X
    set_options postscreen_greet_ttl=1s postscreen_pipelining_ttl=1s postscreen_non_smtp_command_ttl=1s \
        postscreen_bare_newline_ttl=1s postscreen_greet_action=enforce \
        postscreen_pipelining_enable=yes postscreen_pipelining_action=enforce \
        postscreen_non_smtp_command_enable=yes postscreen_non_smtp_command_action=drop \
        postscreen_bare_newline_enable=yes postscreen_bare_newline_action=enforce
}

start() {
    rm -f /var/spool/postfix/pid/*
    # Fills the chroot of its services.  From 3.9 on "postfix start" does so itself, and this refuses.
    /usr/lib/postfix/configure-instance.sh - || true
    mkdir -p /var/spool/postfix/etc
    cp /etc/resolv.conf /etc/hosts /var/spool/postfix/etc/
    if declare -F "start_$VARIANT" >/dev/null; then "start_$VARIANT"; fi
    postfix start
}
