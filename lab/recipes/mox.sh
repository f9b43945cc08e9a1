# SPDX-License-Identifier: Apache-2.0
# mox: SMTP on 25, AUTH on 587 and 465.
home=/home/mox

setup() {
    useradd --home-dir $home --create-home --shell /bin/false mox
    mkdir -p $home/config $home/data
    settings >$home/config/mox.conf
    printf 'Domains:\n\tlab.test: nil\n' >$home/config/domains.conf
    printf 'Accounts:\n\talice:\n\t\tDomain: lab.test\n\t\tDestinations:\n\t\t\talice@lab.test: nil\n' >>$home/config/domains.conf
    chown -R mox $home
}

settings() {
    cat <<Y
DataDir: ../data
LogLevel: debug
User: mox
Hostname: $HOST
Listeners:
	public:
		IPs:
			- $ADDR
		Hostname: $HOST
		TLS:
			KeyCerts:
				-
					CertFile: /etc/lab/cert.pem
					KeyFile: /etc/lab/key600.pem
$([ "$VARIANT" = hardened ] && printf '\t\tSMTPMaxMessageSize: 1000000')
		SMTP:
			Enabled: true
$([ "$VARIANT" = hardened ] && printf '\t\t\tRequireSTARTTLS: true\n\t\t\tNoRequireTLS: true')
		Submission:
			Enabled: true
		Submissions:
			Enabled: true
Postmaster:
	Account: alice
	Mailbox: Postmaster
Y
    # Releases before 0.0.8 send no reports, and do not know how to leave it.
    if grep -q NoOutgoingTLSReports /lab/package/src/config/config.go; then
        printf 'NoOutgoingDMARCReports: true\nNoOutgoingTLSReports: true\n'
    fi
}

start() {
    cd $home
    /lab/package/bin/mox -config $home/config/mox.conf serve &
}
