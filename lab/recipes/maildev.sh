# SPDX-License-Identifier: Apache-2.0
# maildev, which shows mail to developers.  It dies of a client that leaves early: it is started again.
setup() { :; }

program() {
    node -p "const bin = require('/lab/package/node_modules/maildev/package.json').bin;
        typeof bin === 'string' ? bin : Object.values(bin)[0]"
}

start() {
    local file
    file=/lab/package/node_modules/maildev/$(program)
    while :; do
        node "$file" --ip "$ADDR" --smtp 25 --web 8080 --web-ip "$ADDR" || true
        sleep 0.3
    done &
}
