# SPDX-License-Identifier: Apache-2.0
# Haraka, which forgets the mail that it takes for lab.test.
home=/etc/lab/haraka
shipped=/lab/package/node_modules/Haraka/config

setup() {
    mkdir -p $home/config $home/plugins $home/queue
    cp $shipped/*.ini $home/config/
    cd $home/config
    printf 'listen=%s:25\nnodes=0\n\n[headers]\n' "$ADDR" >smtp.ini
    echo "$HOST" >me
    echo lab.test >host_list
    echo LOGINFO >loglevel
    printf 'tls\nrcpt_to.in_host_list\nqueue/discard\n' >plugins
    cp /etc/lab/cert.pem tls_cert.pem
    cp /etc/lab/key.pem tls_key.pem
    case $VARIANT in
        altered) alter ;;
        hardened) harden ;;
        checks) check ;;
    esac
    # The first 2.x die of any TLS handshake under the Node.js releases that can still be had.
    if grep -qE '"version": *"2\.[0-8]\.[0-9]"' /lab/package/node_modules/Haraka/package.json; then sed -i /tls/d plugins; fi
}

# Before 3.0 the greeting's settings are files of their own.
alter() {
    echo Postfix >smtpgreeting
    echo true >header_hide_version
    echo false >banner_includes_uuid
    connection <<'X'
[headers]
show_version=false
[message]
greeting[]=Postfix
helo=ok
close=Bye
[uuid]
banner_chars=0
X
}

harden() {
    connection <<'X'
[main]
strict_rfc1869=true
[headers]
show_version=false
[message]
greeting[]=ready
helo=
close=bye
[max]
line_length=512
[uuid]
banner_chars=0
X
    echo 2 >max_unrecognized_commands
    printf 'tls\ndelay_deny\nrcpt_to.in_host_list\nqueue/discard\n' >plugins
}

# With plugins that are common: checks of HELO, sender and client, AUTH, a size.
check() {
    local plugin
    for plugin in access early_talker helo.checks mail_from.is_resolvable tls auth/flat_file rcpt_to.in_host_list queue/discard; do
        [ ! -e "$shipped/../plugins/$plugin.js" ] || echo "$plugin" # newer ones have fewer
    done >plugins
    printf '[core]\nmethods=PLAIN,LOGIN,CRAM-MD5\n[users]\nalice=wonderland\n' >auth_flat_file.ini
    printf '[check]\nvalid_hostname=true\nbare_ip=true\nforward_dns=false\n[reject]\nvalid_hostname=true\nbare_ip=true\n' >helo.checks.ini
    echo 5000000 >databytes
    connection <<'X'
[max]
bytes=5000000
X
}

# connection.ini with stdin's settings in place of those shipped; older versions have none.
connection() {
    [ -e $shipped/connection.ini ] || return 0
    { grep -vE '^(helo|close|banner_chars)=' $shipped/connection.ini; cat; } >connection.ini
}

start() {
    cd /lab/package
    HARAKA=$home NODE_PATH=/lab/package/node_modules WITHOUT_CONFIG_CACHE=1 node node_modules/Haraka/bin/haraka -c $home &
}
