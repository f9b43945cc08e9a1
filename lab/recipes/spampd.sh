# SPDX-License-Identifier: Apache-2.0
# spampd, a filter before the back end.  On bookworm it dies (a bug of that release).
setup() { :; }

start() {
    keep_syslog
    mkdir -p /run/spampd
    chown spampd: /run/spampd
    spampd --debug --host="$ADDR:25" --relayhost="$BACKEND:25" --children=2 --user=spampd --group=spampd \
        --nodetach --homedir=/var/lib/spampd &
}
