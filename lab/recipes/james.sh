# SPDX-License-Identifier: Apache-2.0
# Apache James, all of it, with its memory for storage.  It learns of alice when it runs.
. /lab/src/recipes/java.inc
home=/etc/lab/james

setup() {
    mkdir -p $home/conf $home/var
    make_key_store
    cp $key_store $home/conf/keystore
    smtp >$home/conf/smtpserver.xml
    mailets >$home/conf/mailetcontainer.xml
    file domainlist '<domainnames><domainname>lab.test</domainname></domainnames>
        <autodetect>false</autodetect><autodetectIP>false</autodetectIP><defaultDomain>lab.test</defaultDomain>'
    file usersrepository '<algorithm>PBKDF2-SHA512</algorithm><enableVirtualHosting>true</enableVirtualHosting>
        <enableForwarding>true</enableForwarding>' ' name="LocalUsers"'
    file dnsservice '<autodiscover>true</autodiscover><authoritative>false</authoritative><maxcachesize>50000</maxcachesize>'
    file mailrepositorystore '<defaultProtocol>memory</defaultProtocol><mailrepositories><mailrepository
        class="org.apache.james.mailrepository.memory.MemoryMailRepository">
        <protocols><protocol>memory</protocol></protocols></mailrepository></mailrepositories>'
    file imapservers '' '' imapserver
    file pop3servers '' '' pop3server
    file lmtpservers '' '' lmtpserver
    file managesieveservers '' '' managesieveserver
    echo '<configuration>
        <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %level %logger{0} %mdc %msg%n</pattern></encoder></appender>
        <logger name="org.apache.james.protocols" level="DEBUG"><appender-ref ref="out"/></logger>
        <root level="OFF"/></configuration>' >$home/conf/logback.xml
    echo enabled=false >$home/conf/jmap.properties
    echo jmx.enabled=false >$home/conf/jmx.properties
    printf 'enabled=true\nhost=%s\nport=8000\n' "$web" >$home/conf/webadmin.properties
}

web=127.20.${ADDR#127.10.}

file() { # ROOT CONTENT [ATTRIBUTES [NAME]]
    printf '<?xml version="1.0"?>\n<%s%s>%s</%s>\n' "$1" "${3:-}" "$2" "$1" >"$home/conf/${4:-$1}.xml"
}

smtp() {
    local greeting='' secure=false start_tls=true more=''
    case $VARIANT in
        altered) greeting="<smtpGreeting>$HOST ESMTP Postfix</smtpGreeting>" ;;
        hardened)
            greeting="<smtpGreeting>$HOST ready</smtpGreeting>"
            secure=true
            more='<handler class="org.apache.james.smtpserver.fastfail.ValidSenderDomainHandler"/>
                <handler class="org.apache.james.smtpserver.fastfail.MaxRcptHandler"><maxRcpt>10</maxRcpt></handler>'
            ;;
    esac
    cat <<Y
<?xml version="1.0"?>
<smtpservers>
  <smtpserver enabled="true">
    <jmxName>smtpserver</jmxName>
    <bind>$ADDR:25</bind>
    <connectionBacklog>200</connectionBacklog>
    <tls socketTLS="false" startTLS="$start_tls">
      <keystore>file://conf/keystore</keystore>
      <keystoreType>PKCS12</keystoreType>
      <secret>wonderland</secret>
    </tls>
    <helloName autodetect="false">$HOST</helloName>
    <connectiontimeout>360</connectiontimeout>
    <connectionLimit>0</connectionLimit>
    <connectionLimitPerIP>0</connectionLimitPerIP>
    <auth>
      <announce>forUnauthorizedAddresses</announce>
      <requireSSL>$secure</requireSSL>
      <plainAuthEnabled>true</plainAuthEnabled>
    </auth>
    <verifyIdentity>true</verifyIdentity>
    <maxmessagesize>$([ "$VARIANT" = hardened ] && echo 1000 || echo 0)</maxmessagesize>
    <addressBracketsEnforcement>true</addressBracketsEnforcement>
    $greeting
    <handlerchain>
      $more
      <handler class="org.apache.james.smtpserver.fastfail.ValidRcptHandler"/>
      <handler class="org.apache.james.smtpserver.CoreCmdHandlerLoader"/>
    </handlerchain>
  </smtpserver>
</smtpservers>
Y
}

mailets() {
    cat <<Y
<?xml version="1.0"?>
<mailetcontainer>
  <context><postmaster>postmaster@lab.test</postmaster></context>
  <spooler><threads>1</threads><errorRepository>memory://var/mail/error/</errorRepository></spooler>
  <processors>
    <processor state="root"><mailet match="All" class="Null"/></processor>
    <processor state="error"><mailet match="All" class="Null"/></processor>
    <processor state="transport">
      <mailet match="All" class="RemoveMimeHeader"><name>bcc</name></mailet>
      <mailet match="All" class="Null"/>
    </processor>
    <processor state="local-address-error"><mailet match="All" class="Null"/></processor>
    <processor state="relay-denied"><mailet match="All" class="Null"/></processor>
    <processor state="bounces"><mailet match="All" class="Null"/></processor>
  </processors>
</mailetcontainer>
Y
}

# PUT /users/alice@lab.test, until it is done.
tell_of_alice() {
    local status
    until {
        exec 3<>"/dev/tcp/$web/8000" &&
            printf 'PUT /users/alice@lab.test HTTP/1.0\r\nHost: x\r\nContent-Length: 25\r\n\r\n{"password":"wonderland"}' >&3 &&
            read -r status <&3 && [[ $status = *\ 204* ]]
    } 2>/dev/null; do
        sleep 0.5
    done
}

start() {
    cd $home
    run_java -Dlogback.configurationFile=$home/conf/logback.xml -Dworking.directory=$home \
        org.apache.james.MemoryJamesServerMain
    tell_of_alice &
}
