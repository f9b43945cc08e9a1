# SPDX-License-Identifier: Apache-2.0
# Mailman 3's LMTP runner alone, with a database in a file.
config=/etc/mailman3/mailman.cfg

setup() {
    sed -i "s/^lmtp_host:.*/lmtp_host: $ADDR/; s/^lmtp_port:.*/lmtp_port: 25/" $config
    if ! grep -q "^lmtp_host" $config; then printf '[mta]\nlmtp_host: %s\nlmtp_port: 25\n' "$ADDR" >>$config; fi
    sed -i 's#^url: .*#url: sqlite:////var/lib/mailman3/data/mailman.db#
        s#^class: .*Database$#class: mailman.database.sqlite.SQLiteDatabase#' $config
    mkdir -p /var/lib/mailman3/data /var/log/mailman3
    chown -R list:list /var/lib/mailman3 /var/log/mailman3
    make_run
    su -s /bin/sh list -c "mailman -C $config info"
}

make_run() {
    mkdir -p /run/mailman3 /run/lock/mailman3
    chown list:list /run/mailman3 /run/lock/mailman3
}

start() {
    make_run
    MAILMAN_CONFIG_FILE=$config /usr/lib/mailman3/bin/runner -C $config --runner=lmtp:0:1 &
}
