# SPDX-License-Identifier: Apache-2.0
# Samotop's server, which puts all mail into a folder.
setup() { mkdir -p /var/mail/samotop; }

start() {
    local tls=(--cert-file /etc/lab/cert.pem --identity-file /etc/lab/key.pem)
    [ "$VARIANT" != hardened ] || tls=(--no-tls --banner_delay 1000)
    RUST_LOG=debug /lab/package/bin/samotop-server --name "$HOST" --port "$ADDR:25" --mail-dir /var/mail/samotop "${tls[@]}" &
}
