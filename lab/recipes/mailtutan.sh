# SPDX-License-Identifier: Apache-2.0
# mailtutan, which shows mail to developers.  Hardened, it asks for a password and has TLS.
setup() { :; }

start() {
    local more=()
    [ "$VARIANT" != hardened ] || more=(--smtp-auth-username alice --smtp-auth-password wonderland
        --smtp-cert-path /etc/lab/cert.pem --smtp-key-path /etc/lab/key.pem)
    /lab/package/bin/mailtutan --ip "$ADDR" --smtp-port 25 --http-port 8080 "${more[@]}" &
}
