# SPDX-License-Identifier: Apache-2.0
# syslog.pl SOCKET: prints what is logged there, a line each.  In Perl, which every Debian release has in its base.
use strict;
use warnings;
use Socket;

my ($path) = @ARGV;
unlink $path;
umask 0;
socket(my $log, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($log, pack_sockaddr_un($path)) or die "bind: $!";
$| = 1;
while (defined recv($log, my $line, 65536, 0)) {
    $line =~ s/^<\d+>//;
    $line =~ s/[\0\n]+$//;
    print "$line\n";
}
