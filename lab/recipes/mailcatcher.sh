# SPDX-License-Identifier: Apache-2.0
# MailCatcher, which shows mail to developers.
setup() { :; }
start() { mailcatcher -f --smtp-ip "$ADDR" --smtp-port 25 --http-ip "127.20.${ADDR#127.10.}" --http-port 8080 & }
