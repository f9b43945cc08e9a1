/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What two scans come to.  A row holds what differs from an ordinary record, as JSON with ' for ":
 * members that replace those of the ordinary service or domain, or null to take one away.  Expected
 * is a line each: the severity (- for what is merely noted), the place if it is not the ordinary
 * one, the kind, subject, before and after.
 */
#define SERVICE \
    "{'type':'service','schema':1,'time':'2026-11-01T00:00:00.000Z','input':'mx.example.org'," \
    "'host':'mx.example.org','address':'192.0.2.1','port':25,'level':'audit','named':'list'," \
    "'outcome':'answered','protocol':'esmtp'," \
    "'greeting':{'code':220,'lines':['mx.example.org ESMTP Postfix'],'delay_ms':1}," \
    "'ehlo':{'code':250,'lines':['mx.example.org','SIZE 1000','STARTTLS'],'ms':1," \
    "'extensions':{'SIZE':'1000','STARTTLS':'','AUTH':'PLAIN LOGIN'}}," \
    "'starttls':{'offered':true,'outcome':'ok'},'reactions':[]," \
    "'tls':{'implicit':false,'version':'TLSv1.3','cipher':'X','chain':[" LEAF( \
        "aa", "ee", \
        "2027-01-01") "],'trusted':true,'name_matches':true,'handshake_ms':1}," \
                      "'software':{'product':'Postfix','versions':{'low':'3.5','high':'3.7'}," \
                      "'version_set':['3.5','3.6','3.7'],'confidence':1,'unknown':false}," \
                      "'findings':[{'id':'relay.open','verdict':'safe'}]}"
#define DOMAIN \
    "{'type':'domain','schema':1,'time':'2026-11-01T00:00:00.000Z','input':'example.org'," \
    "'outcome':'answered'," \
    "'mx':[{'preference':10,'host':'mx.example.org','address':'192.0.2.1'}]," \
    "'services':[{'address':'192.0.2.1','port':25,'host':'mx.example.org'}]}"
#define LEAF(hash, key, until) \
    "{'subject':'CN=mx','issuer':'CN=ca','names':[],'key':'EC P-256','sha256':'" X32( \
        hash) "','key_sha256':'" X32(key) "','not_after':'" until "T00:00:00.000Z'}"
#define X32(two) X8(two) X8(two) X8(two) X8(two)
#define X8(two)  two two two two two two two two
#define TLS(leaf, more) \
    "'tls':{'implicit':false,'version':'TLSv1.3','cipher':'X','chain':[" leaf "]," more \
    ",'handshake_ms':1}"
#define TRUSTED "'trusted':true,'name_matches':true"
#define FINDINGS(verdict) \
    "{'findings':[{'id':'relay.open','verdict':'" verdict "','severity':'critical'}]}"
#define DOMAIN_ROW "{'type':'domain'"

static const struct row {
    const char *name, *before, *after, *expected;
} rows[] = {
    {"the same is no change", "{}", "{}", ""},

    /* who answers */
    {"a service that times out", "{}",
     "{'outcome':'timeout','stage':'connect','reason':'no answer'}",
     "high service-silent: answered -> timeout: no answer\n"},
    {"a service that answers again", "{'outcome':'refused','reason':'connection refused'}", "{}",
     "info service-back: refused: connection refused -> answered\n"},
    {"a server that turns us away has not changed", "{}",
     "{'outcome':'blocked','stage':'greeting','reason':'421 4.7.0 too many connections'}",
     "- not-reached: answered -> blocked: 421 4.7.0 too many connections\n"},
    {"who turned us away and answers has not changed", "{'outcome':'blocked','reason':'554 no'}",
     "{}", "- not-reached: blocked: 554 no -> answered\n"},
    {"who closes without a word may be turning us away", "{}", "{'outcome':'closed'}",
     "- not-reached: answered -> closed\n"},
    {"a network of ours that is down is no change of the server", "{}",
     "{'outcome':'unreachable','reason':'network is unreachable'}",
     "- not-reached: answered -> unreachable: network is unreachable\n"},
    {"a host that is down is one", "{}", "{'outcome':'unreachable','reason':'host is unreachable'}",
     "high service-silent: answered -> unreachable: host is unreachable\n"},
    {"timeout after refusal is the same silence", "{'outcome':'refused'}", "{'outcome':'timeout'}",
     ""},
    {"not asked this time", "{}", "{'outcome':'not-asked'}",
     "- not-reached: answered -> not-asked\n"},

    /* software */
    {"another product", "{}", "{'software':{'product':'Exim','version_set':['4.96']}}",
     "medium product: Postfix 3.5 to 3.7 -> Exim 4.96\n"},
    {"versions without one in common", "{}",
     "{'software':{'product':'Postfix','version_set':['3.8','3.9']}}",
     "info version: Postfix 3.5 to 3.7 -> Postfix 3.8 to 3.9\n"},
    {"fewer versions are no change", "{}",
     "{'software':{'product':'Postfix','version_set':['3.7']}}",
     "- version-range: Postfix 3.5 to 3.7 -> Postfix 3.7\n"},
    {"more versions are no change", "{}",
     "{'software':{'product':'Postfix','version_set':['3.7','3.8']}}",
     "- version-range: Postfix 3.5 to 3.7 -> Postfix 3.7 to 3.8\n"},
    {"no versions known are no change", "{}", "{'software':{'product':'Postfix'}}",
     "- version-range: Postfix 3.5 to 3.7 -> Postfix\n"},
    {"not recognised is no change", "{}", "{'software':{'unknown':true,'confidence':0.1}}",
     "- unrecognised: Postfix 3.5 to 3.7 -> \n"},
    {"a level without identification is no change", "{}", "{'software':null,'findings':null}",
     "- unrecognised: Postfix 3.5 to 3.7 -> \n"},
    {"a visit that was cut short says nothing of software", "{}",
     "{'cut':{'stage':'dialogue','reply':'421 enough'},"
     "'software':{'product':'Exim','version_set':['4.96']}}",
     "- cut-short:  -> 421 enough\n"},
    {"a front appears", "{}",
     "{'software':{'product':'Postfix','version_set':['3.5','3.6','3.7'],'front':'postscreen'}}",
     "low front: nothing -> postscreen\n"},
    {"a greeting that lies appears, told once", "{}",
     "{'greeting':{'code':220,'lines':['mx.example.org Microsoft'],'delay_ms':1},"
     "'software':{'product':'Postfix','version_set':['3.5','3.6','3.7'],"
     "'claim':{'text':'x','product':'Microsoft Exchange'},'altered':true}}",
     "low greeting-altered Microsoft Exchange: 220 {host} ESMTP Postfix -> 220 {host} Microsoft\n"},
    {"and disappears",
     "{'software':{'product':'Postfix','version_set':['3.5','3.6','3.7'],"
     "'claim':{'text':'x','product':'Microsoft Exchange'},'altered':true}}",
     "{}",
     "info greeting-honest Microsoft Exchange: 220 {host} ESMTP Postfix -> 220 {host} ESMTP "
     "Postfix\n"},
    {"other words in the greeting", "{}",
     "{'greeting':{'code':220,'lines':['mx.example.org ESMTP keep out'],'delay_ms':1}}",
     "info greeting: 220 {host} ESMTP Postfix -> 220 {host} ESMTP keep out\n"},
    {"a date, an id and another host name in the greeting are none",
     "{'greeting':{'code':220,'lines':['a.example.org ESMTP Sun, 22 Nov 2026 10:33:04 +0000 "
     "4bXyz12345Qz'],'delay_ms':1}}",
     "{'greeting':{'code':220,'lines':['b.example.org ESMTP Mon, 23 Nov 2026 11:00:00 +0000 "
     "9aBcd98765Zq'],'delay_ms':1}}",
     ""},
    {"a greeting with another version is no news beside the version", "{}",
     "{'greeting':{'code':220,'lines':['mx.example.org ESMTP Postfix 3.8'],'delay_ms':1},"
     "'software':{'product':'Postfix','version_set':['3.8']}}",
     "info version: Postfix 3.5 to 3.7 -> Postfix 3.8\n"},
    {"another protocol", "{}", "{'protocol':'lmtp'}", "low protocol: esmtp -> lmtp\n"},

    /* extensions */
    {"extensions come, go and change; an order of words does not matter", "{}",
     "{'ehlo':{'code':250,'lines':['mx','x'],'ms':1,'extensions':"
     "{'SIZE':'2000','STARTTLS':'','DSN':'','AUTH':'LOGIN PLAIN'}}}",
     "info extension-added DSN\ninfo extension-altered SIZE: 1000 -> 2000\n"},
    {"an extension that goes", "{}",
     "{'ehlo':{'code':250,'lines':['mx','x'],'ms':1,'extensions':{'SIZE':'1000','STARTTLS':''}}}",
     "low extension-removed AUTH: PLAIN LOGIN -> \n"},
    {"what changes in clear and under TLS is told once",
     "{'ehlo_tls':{'code':250,'lines':['mx','x'],'ms':1,'extensions':{'SIZE':'1000'}}}",
     "{'ehlo':{'code':250,'lines':['mx','x'],'ms':1,'extensions':"
     "{'SIZE':'1000','DSN':'','STARTTLS':'','AUTH':'PLAIN LOGIN'}},"
     "'ehlo_tls':{'code':250,'lines':['mx','x'],'ms':1,'extensions':{'SIZE':'1000','DSN':''}}}",
     "info extension-added DSN\n"},
    {"no EHLO under TLS this time is no change",
     "{'ehlo_tls':{'code':250,'lines':['mx','x'],'ms':1,'extensions':{'SIZE':'1000'}}}", "{}", ""},

    /* STARTTLS */
    {"STARTTLS vanishes, told once",
     "{'findings':[{'id':'tls.starttls.missing','verdict':'safe'}]}",
     "{'starttls':{'offered':false},'tls':null,'ehlo':{'code':250,'lines':['mx','x'],'ms':1,"
     "'extensions':{'SIZE':'1000','AUTH':'PLAIN LOGIN'}},"
     "'findings':[{'id':'tls.starttls.missing','verdict':'exposed','severity':'high'}]}",
     "high starttls-vanished\n"},
    {"STARTTLS appears", "{'starttls':{'offered':false},'tls':null}", "{}",
     "info starttls-appeared\n"},
    {"no EHLO this time is not no STARTTLS", "{}",
     "{'ehlo':null,'starttls':null,'tls':null,'protocol':'smtp'}", "low protocol: esmtp -> smtp\n"},
    {"a handshake that fails now", "{}",
     "{'starttls':{'offered':true,'outcome':'failed','reason':'alert 40'},'tls':null}",
     "high starttls-broken:  -> alert 40\n"},
    {"STARTTLS refused for the moment is no change", "{}",
     "{'starttls':{'offered':true,'outcome':'refused','reason':'421 4.7.0 busy'},'tls':null}", ""},
    {"a cut visit without a handshake is no change", "{}",
     "{'starttls':{'offered':true,'outcome':'failed','reason':'closed'},'tls':null,"
     "'cut':{'stage':'tls','reason':'closed'}}",
     "- cut-short:  -> closed\n"},

    /* certificates */
    {"another certificate with the same key", "{}",
     "{" TLS(LEAF("bb", "ee", "2027-06-01"), TRUSTED) "}",
     "info certificate-replaced: CN=mx until 2027-01-01T00:00:00.000Z -> CN=mx until "
     "2027-06-01T00:00:00.000Z\n"},
    {"another certificate with another key", "{}",
     "{" TLS(LEAF("bb", "cc", "2027-06-01"), TRUSTED) "}",
     "info certificate-replaced: CN=mx until 2027-01-01T00:00:00.000Z -> CN=mx until "
     "2027-06-01T00:00:00.000Z\ninfo key-replaced: EC P-256 -> EC P-256\n"},
    {"a certificate that has expired since, told once", "{}",
     "{'time':'2027-01-02T00:00:00.000Z'," TLS(
         LEAF("aa", "ee", "2027-01-01"), "'trusted':false,'verify_error':'certificate has "
                                         "expired','name_matches':true") ","
                                                                         "'findings':[{'id':'tls."
                                                                         "cert.expired','verdict':'"
                                                                         "exposed','severity':'"
                                                                         "medium'},"
                                                                         "{'id':'relay.open','"
                                                                         "verdict':'safe'}]}",
     "high certificate-expired:  -> CN=mx until 2027-01-01T00:00:00.000Z\n"},
    {"one that had expired before is no change", "{'time':'2027-01-02T00:00:00.000Z'}",
     "{'time':'2027-01-03T00:00:00.000Z'}", ""},
    {"a certificate that is about to expire", "{}", "{'time':'2026-12-19T00:00:00.000Z'}",
     "medium certificate-expiring:  -> CN=mx until 2027-01-01T00:00:00.000Z\n"},
    {"two weeks before it is not", "{}", "{'time':'2026-12-18T00:00:00.000Z'}", ""},
    {"trust is lost", "{}",
     "{" TLS(LEAF("aa", "ee", "2027-01-01"),
             "'trusted':false,'verify_error':'self-signed','name_matches':true") "}",
     "medium trust-lost:  -> self-signed\n"},
    {"the name is lost", "{}",
     "{" TLS(LEAF("aa", "ee", "2027-01-01"), "'trusted':true,'name_matches':false") "}",
     "medium name-lost mx.example.org\n"},
    {"the name is not known this time", "{}",
     "{" TLS(LEAF("aa", "ee", "2027-01-01"), "'trusted':true") "}", ""},
    {"asked under another name, the certificate is not compared", "{}",
     "{'host':'mx2.example.org'," TLS(LEAF("bb", "cc", "2027-01-01"),
                                      "'trusted':false,'name_matches':false") "}",
     "- other-name: mx.example.org -> mx2.example.org\n"},

    /* findings */
    {"safe is exposed", "{}", FINDINGS("exposed"),
     "critical finding-opened relay.open: safe -> exposed\n"},
    {"exposed is safe", FINDINGS("exposed"), "{}",
     "info finding-closed relay.open: exposed -> safe\n"},
    {"exposed is untestable: no closing", FINDINGS("exposed"), FINDINGS("untestable"),
     "- finding-untested relay.open: exposed -> untestable\n"},
    {"exposed is not asked: no closing", FINDINGS("exposed"), FINDINGS("not-asked"),
     "- finding-untested relay.open: exposed -> not-asked\n"},
    {"exposed is not judged: no closing", FINDINGS("exposed"), "{'findings':null}",
     "- finding-untested relay.open: exposed -> not judged\n"},
    {"untestable is exposed", FINDINGS("untestable"), FINDINGS("exposed"),
     "critical finding-found relay.open: untestable -> exposed\n"},
    {"safe is untestable: nothing to tell", FINDINGS("safe"), FINDINGS("untestable"), ""},
    {"accepted is not told", FINDINGS("safe"),
     "{'findings':[{'id':'relay.open','verdict':'exposed','severity':'high','accepted':true}]}",
     ""},
    {"a version without advisories closes svc.cve",
     "{'findings':[{'id':'svc.cve','verdict':'exposed','severity':'high'}]}",
     "{'findings':null,'software':{'product':'Postfix','versions':{'low':'3.9','high':'3.9'},"
     "'version_set':['3.9'],'confidence':1,'unknown':false}}",
     "info version: Postfix 3.5 to 3.7 -> Postfix 3.9\n"
     "info finding-closed svc.cve: exposed -> safe\n"},
    {"of the same version it was not judged, and is not closed",
     "{'findings':[{'id':'svc.cve','verdict':'exposed','severity':'high'}]}", "{'findings':null}",
     "- finding-untested svc.cve: exposed -> not judged\n"},
    {"not so where the software was not recognised",
     "{'findings':[{'id':'svc.cve','verdict':'exposed','severity':'high'}]}",
     "{'findings':null,'software':{'unknown':true}}",
     "- unrecognised: Postfix 3.5 to 3.7 -> \n- finding-untested svc.cve: exposed -> not judged\n"},

    /* who is in which scan */
    {"not asked in the second scan", "[{},{'input':'b.example','host':null,'address':'192.0.2.2'}]",
     "{}", "- @192.0.2.2:25 not-in-second: Postfix -> \n"},
    {"not asked in the first", "{}", "[{},{'input':'b.example','host':null,'address':'192.0.2.2'}]",
     "- @192.0.2.2:25 not-in-first:  -> Postfix\n"},
    {"another port was not asked", "[{},{'port':587}]", "{}",
     "- @192.0.2.1:587 not-in-second: Postfix -> \n"},
    {"an address of the name is gone", "[{},{'address':'192.0.2.2'}]", "{}",
     "medium @192.0.2.2:25 service-gone: Postfix -> \n"},
    {"an address of the name is new", "{}", "[{},{'address':'192.0.2.2'}]",
     "low @192.0.2.2:25 service-new:  -> Postfix\n"},
    {"a family that was not asked is not gone", "[{},{'address':'2001:db8::1'}]", "{}",
     "- @2001:db8::1:25 not-in-second: Postfix -> \n"},
    {"an address of a network was not asked",
     "[{'named':'network'},{'named':'network',"
     "'address':'192.0.2.2','host':null}]",
     "{'named':'network'}", "- @192.0.2.2:25 not-in-second: Postfix -> \n"},
    {"nothing is gone from a scan that was interrupted", "[{},{'address':'192.0.2.2'}]",
     "[{},{'type':'run','schema':1,'interrupted':true}]",
     "- @192.0.2.2:25 not-in-second: Postfix -> \n"},
    {"nor from one that was killed", "[{},{'address':'192.0.2.2'}]",
     "[{},{'type':'run-that-was','schema':1,'x':'killed'}]",
     "- @192.0.2.2:25 not-in-second: Postfix -> \n"},
    {"a run that went on after an interruption is whole", "[{},{'address':'192.0.2.2'}]",
     "[{'type':'run','schema':1,'interrupted':true},{},{'type':'run','schema':1,'part':2}]",
     "medium @192.0.2.2:25 service-gone: Postfix -> \n"},
    {"a service that did not answer is no loss", "[{},{'address':'192.0.2.2','outcome':'timeout'}]",
     "{}", ""},
    {"a host with another address is the same service", "{}", "{'address':'192.0.2.9'}",
     "low @192.0.2.9:25 service-moved: 192.0.2.1 -> 192.0.2.9\n"},
    {"and is compared", FINDINGS("safe"),
     "{'address':'192.0.2.9','findings':[{'id':'relay.open','verdict':'exposed',"
     "'severity':'high'}]}",
     "high @192.0.2.9:25 finding-opened relay.open: safe -> exposed\n"
     "low @192.0.2.9:25 service-moved: 192.0.2.1 -> 192.0.2.9\n"},
    {"which of several addresses moved is not guessed", "{}",
     "[{'address':'192.0.2.8'},{'address':'192.0.2.9'}]",
     "medium service-gone: Postfix -> \n"
     "low @192.0.2.8:25 service-new:  -> Postfix\nlow @192.0.2.9:25 service-new:  -> Postfix\n"},
    {"a name that DNS did not answer for has lost nothing",
     "[{'input':'example.org'}," DOMAIN_ROW "}]",
     "[{'input':'b.example','host':null,'address':'192.0.2.2','outcome':'timeout'}," DOMAIN_ROW
     ",'outcome':'dns-timeout','mx':null,'services':null}]",
     "- @ not-reached: answered -> dns-timeout\n- not-reached: Postfix -> \n"},
    {"an exchange that DNS did not answer for is not gone",
     "[{'input':'example.org'}," DOMAIN_ROW "}]",
     "[{'input':'b.example','host':null,'address':'192.0.2.2','outcome':'timeout'}," DOMAIN_ROW
     ",'mx':null,'notes':[{'note':'mx-dns-failed','host':'mx.example.org'}]}]",
     "- @ record-unknown MX: mx.example.org -> \n- not-reached: Postfix -> \n"},
    {"of two records of a service the last that answered counts", "{}",
     "[{'outcome':'timeout'},{},{'outcome':'blocked'}]", ""},
    {"a service of several domains is told once",
     "[{'input':'example.org','domain':'example.org','domains':['example.org','example.net']}]",
     "[{'input':'example.net','domain':'example.net','findings':[{'id':'relay.open',"
     "'verdict':'exposed','severity':'high'}]}]",
     "high finding-opened relay.open: safe -> exposed\n"},

    /* domains */
    {"a name that is gone", DOMAIN_ROW "}",
     DOMAIN_ROW ",'outcome':'no-such-name','mx':null,'services':null}",
     "high @ domain-outcome: answered -> no-such-name\n"
     "- @ record-unknown MX: mx.example.org -> \n"},
    {"another exchange", DOMAIN_ROW "}",
     DOMAIN_ROW ",'mx':[{'preference':10,'host':'mx9.example.org','address':'192.0.2.9'}]}",
     "low @ record-altered MX: mx.example.org -> mx9.example.org\n"},
    {"an exchange that DNS did not resolve is still one",
     DOMAIN_ROW ",'mx':[{'preference':10,'host':'mx.example.org','address':'192.0.2.1'},"
                "{'preference':20,'host':'mx2.example.org','address':'192.0.2.2'}]}",
     DOMAIN_ROW ",'notes':[{'note':'mx-dns-timeout','host':'mx2.example.org'}]}", ""},
    {"no posture this time is no removal",
     DOMAIN_ROW ","
                "'posture':{'spf':{'found':'record','record':'v=spf1 -all'},'dkim_asked':0,"
                "'services_seen':0,'queries':0}}",
     DOMAIN_ROW "}", "- @ record-unknown SPF: v=spf1 -all -> \n"},
};

/* Of a domain that is audited: what its posture holds before and after. */
#define SPF(found) ",'spf':{'found':" found "}"
static const struct row postures[] = {
    {"SPF changes", SPF("'record','record':'v=spf1 -all'"), SPF("'record','record':'v=spf1 +all'"),
     "low @ record-altered SPF: v=spf1 -all -> v=spf1 +all\n"},
    {"SPF is removed", SPF("'record','record':'v=spf1 -all'"), SPF("'no record'"),
     "medium @ record-removed SPF: v=spf1 -all -> \n"},
    {"SPF that DNS did not answer for is not removed", SPF("'record','record':'v=spf1 -all'"),
     SPF("'DNS failed'"), "- @ record-unknown SPF: v=spf1 -all -> \n"},
    {"DMARC that DNS did not answer for is not removed",
     ",'dmarc':{'at':'example.org','record':'v=DMARC1; p=none'}",
     "},'findings':[{'id':'dmarc.missing','verdict':'untestable'}],'x':{",
     "- @ record-unknown DMARC: example.org: v=DMARC1; p=none -> \n"},
    {"DMARC is removed", ",'dmarc':{'at':'example.org','record':'v=DMARC1; p=none'}",
     "},'findings':[{'id':'dmarc.missing','verdict':'exposed','severity':'medium'}],'x':{",
     "medium @ finding-found dmarc.missing: not judged -> exposed\n"
     "medium @ record-removed DMARC: example.org: v=DMARC1; p=none -> \n"},
    {"MTA-STS that DNS did not answer for is not removed", ",'mtasts':['v=STSv1; id=1']",
     ",'failed':{'mtasts':'timeout'}", "- @ record-unknown MTA-STS: v=STSv1; id=1 -> \n"},
    {"TLS-RPT is published",
     "},'findings':[{'id':'tlsrpt.missing','verdict':'exposed',"
     "'severity':'low'}],'x':{",
     ",'tlsrpt':['v=TLSRPTv1; rua=mailto:a@example.org']",
     "info @ record-added TLS-RPT:  -> v=TLSRPTv1; rua=mailto:a@example.org\n"
     "- @ finding-untested tlsrpt.missing: exposed -> not judged\n"},
    {"a key of DKIM that is not found may be one that DNS did not answer for",
     ",'dkim':[{'selector':'s1','record':'v=DKIM1; p=A'}]", "",
     "- @ record-unknown DKIM key of s1: v=DKIM1; p=A -> \n"},
    {"a key of DKIM that differs", ",'dkim':[{'selector':'s1','record':'v=DKIM1; p=A'}]",
     ",'dkim':[{'selector':'s1','record':'v=DKIM1; p=B'}]",
     "low @ record-altered DKIM key of s1: v=DKIM1; p=A -> v=DKIM1; p=B\n"},
    {"TLSA records that are known to be gone",
     ",'exchanges':[{'host':'mx.example.org','preference':10,'tlsa':['3 1 1 aa']}]",
     "},'findings':[{'id':'dane.missing','verdict':'noted',"
     "'evidence':['_25._tcp.mx.example.org']}],'x':{",
     "medium @ record-removed TLSA of mx.example.org: 3 1 1 aa -> \n"},
    {"TLSA records that DNS did not answer for",
     ",'exchanges':[{'host':'mx.example.org','preference':10,'tlsa':['3 1 1 aa']}]", "",
     "- @ record-unknown TLSA of mx.example.org: 3 1 1 aa -> \n"},
    {"another order of the exchanges", "",
     ",'exchanges':[{'host':'mx.example.org','preference':99}]",
     "low @ record-altered MX order: 10 mx.example.org -> 99 mx.example.org\n"},
};
