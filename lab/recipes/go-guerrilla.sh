# SPDX-License-Identifier: Apache-2.0
# go-guerrilla, which logs the mail that it takes for lab.test.
setup() {
    cat >/etc/lab/guerrilla.json <<Y
{
  "log_file": "stderr", "log_level": "debug", "allowed_hosts": ["lab.test"], "pid_file": "/run/guerrilla.pid",
  "backend_config": {
    "save_workers_size": 1, "save_process": "HeadersParser|Header|Debugger", "primary_mail_host": "$HOST"
  },
  "servers": [{
    "is_enabled": true, "host_name": "$HOST", "max_size": 1000000, "timeout": 180,
    "listen_interface": "$ADDR:25", "max_clients": 1000, "log_file": "stderr",
    "tls": {
      "start_tls_on": $([ "$VARIANT" = hardened ] && echo false || echo true), "tls_always_on": false,
      "private_key_file": "/etc/lab/key.pem", "public_key_file": "/etc/lab/cert.pem"
    }
  }]
}
Y
}

start() { /lab/package/bin/guerrillad serve -c /etc/lab/guerrilla.json & }
