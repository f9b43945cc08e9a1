# SPDX-License-Identifier: Apache-2.0
# chasquid: SMTP on 25, with AUTH on 587 and 465.
setup() {
    mkdir -p /etc/chasquid/certs/"$HOST" /etc/chasquid/domains/lab.test /var/lib/chasquid
    cp /etc/lab/cert.pem /etc/chasquid/certs/"$HOST"/fullchain.pem
    cp /etc/lab/key.pem /etc/chasquid/certs/"$HOST"/privkey.pem
    cat >/etc/chasquid/chasquid.conf <<X
hostname: "$HOST"
smtp_address: "$ADDR:25"
submission_address: "$ADDR:587"
submission_over_tls_address: "$ADDR:465"
mail_delivery_agent_bin: "/bin/true"
data_dir: "/var/lib/chasquid"
mail_log_path: "/var/log/chasquid.mail"
X
    printf 'alice: alice\npostmaster: alice\n' >/etc/chasquid/domains/lab.test/aliases
    chasquid-util user-add alice@lab.test --password=wonderland
}

start() { chasquid --config_dir=/etc/chasquid & }
