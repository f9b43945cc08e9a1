# SPDX-License-Identifier: Apache-2.0
# Courier, with more connections allowed from one address than its four.
set_option() { # NAME VALUE
    sed -i "/^$1=/d" /etc/courier/esmtpd
    echo "$1=$2" >>/etc/courier/esmtpd
}

user() { if id courier >/dev/null 2>&1; then echo courier; else echo daemon; fi; }

setup() {
    cd /etc/courier
    set_option ADDRESS "$ADDR"
    set_option ESMTPDSTART YES
    set_option TLS_CERTFILE /etc/lab/courier.pem
    set_option MAXPERIP 40
    set_option MAXPERC 40
    set_option MAXDAEMONS 40
    cat /etc/lab/key.pem /etc/lab/cert.pem >/etc/lab/courier.pem
    chown "$(user)" /etc/lab/courier.pem
    chmod 600 /etc/lab/courier.pem
    echo "$HOST" >me
    printf 'lab.test\n%s\n' "$HOST" >locals
    echo lab.test >defaultdomain
    mkdir -p esmtpacceptmailfor.dir
    echo lab.test >esmtpacceptmailfor.dir/lab
    sed -i '/RELAYCLIENT/d' smtpaccess/* # it would trust all of 127.0.0.0/8
    case $VARIANT in
        altered) echo "mail.lab.test Microsoft ESMTP MAIL Service ready" >esmtpgreeting ;;
        hardened)
            echo "mail.lab.test ESMTP" >esmtpgreeting
            set_option TARPIT 1
            set_option BOFHCHECKHELO 2
            set_option BOFHSPFHELO fail
            set_option BOFHSUPPRESSBACKSCATTER smtp
            set_option ESMTP_TLS_REQUIRED 0
            ;;
        strict)
            set_option BOFHBADMIME reject
            set_option BOFHCHECKDNS 1
            set_option BOFHNOEXPN 1
            set_option BOFHNOVRFY 1
            set_option ESMTPAUTH 'LOGIN PLAIN CRAM-MD5'
            set_option ESMTPAUTH_TLS 'LOGIN PLAIN'
            ;;
    esac
    makesmtpaccess
    makeacceptmailfor
    makealiases
}

start() {
    keep_syslog
    mkdir -p /run/courier/authdaemon
    chown "$(user):" /run/courier /run/courier/authdaemon
    authdaemond start
    courier start
    esmtpd start
}
