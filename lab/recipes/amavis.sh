# SPDX-License-Identifier: Apache-2.0
# amavisd-new with its scanners off.  It drops privileges before it binds: socat relays port 25.
setup() {
    cat >/etc/amavis/conf.d/50-user <<X
use strict;
\$myhostname = '$HOST';
\$mydomain = 'lab.test';
\$inet_socket_bind = '$ADDR';
\$inet_socket_port = [20025];
@inet_acl = qw(127.0.0.0/8);
\$forward_method = 'smtp:[$BACKEND]:25';
\$notify_method = \$forward_method;
@bypass_virus_checks_maps = (1);
@bypass_spam_checks_maps = (1);
\$max_servers = 2;
\$enable_db = 0;
\$enable_zmq = 0;
\$log_level = 4;
\$unix_socketname = undef;
1;
X
}

start() {
    keep_syslog
    mkdir -p /run/amavis
    chown amavis: /run/amavis
    if [ -x /usr/sbin/amavisd ]; then amavisd foreground & else amavisd-new foreground & fi
    socat "TCP-LISTEN:25,bind=$ADDR,fork,reuseaddr" "TCP:$ADDR:20025" &
}
