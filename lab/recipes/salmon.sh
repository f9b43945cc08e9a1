# SPDX-License-Identifier: Apache-2.0
# Salmon, a framework for programs that answer mail.  This one forgets it.
setup() {
    cat >/etc/lab/server.py <<'Y'
import sys

from salmon import queue, routing
from salmon.server import SMTPReceiver

routing.Router.UNDELIVERABLE_QUEUE = queue.Queue("/tmp/undeliverable")
SMTPReceiver(sys.argv[1], 25).start()
Y
}

start() { PYTHONPATH=/lab/package python3 /etc/lab/server.py "$ADDR" & }
