# SPDX-License-Identifier: Apache-2.0
# GreenMail, a mail server for tests.  It makes a mailbox of whatever address it is given; "hardened" has it know alice alone.
. /lab/src/recipes/java.inc
setup() { :; }

start() {
    local more=-Dgreenmail.verbose
    [ "$VARIANT" != hardened ] || more="$more -Dgreenmail.users.login=email"
    # shellcheck disable=SC2086 # a list of options
    run_java -Dgreenmail.smtp.hostname="$ADDR" -Dgreenmail.smtp.port=25 \
        -Dgreenmail.users=alice:wonderland@lab.test $more com.icegreen.greenmail.standalone.GreenMailStandaloneRunner
}
