# SPDX-License-Identifier: Apache-2.0
# What stands before a mail server and spoils its STARTTLS: middlebox.py.
setup() { :; }

start() {
    python3 /lab/src/recipes/middlebox.py "$VARIANT" "$ADDR" "$BACKEND" /etc/lab/cert.pem /etc/lab/key.pem &
}
