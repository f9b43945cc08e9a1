# SPDX-License-Identifier: Apache-2.0
# Sendria, which shows mail to developers.
setup() { :; }
start() {
    PYTHONPATH=/lab/package python3 -c 'import sys; from sendria.cli import main; sys.exit(main())' -f -s /tmp/sendria.db \
        --smtp-ip "$ADDR" --smtp-port 25 --http-ip "127.20.${ADDR#127.10.}" --http-port 8080 &
}
