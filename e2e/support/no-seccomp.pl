# no-seccomp.pl command…: runs a command for which the kernel refuses seccomp filters, as QEMU does. Only for x86_64.
use strict;
use warnings;

my ($PRCTL, $SECCOMP, $PR_SET_SECCOMP, $MODE_FILTER) = (157, 317, 22, 2);
my ($ALLOW, $EINVAL) = (0x7fff0000, 0x00050016);
# struct sock_filter: code, jump when true, jump when false, constant (Documentation/userspace-api/seccomp_filter.rst).
my @filter = (
  [0x20, 0, 0, 0],                   # load the number of the call
  [0x15, 3, 0, $SECCOMP],            # seccomp: refused
  [0x15, 0, 3, $PRCTL],              # not prctl: allowed
  [0x20, 0, 0, 16],                  # load its first argument
  [0x15, 0, 1, $PR_SET_SECCOMP],     # a filter: refused
  [0x06, 0, 0, $EINVAL],
  [0x06, 0, 0, $ALLOW],
);
my $program = join '', map { pack 'S C C L', @$_ } @filter;
my $fprog = pack 'S x6 P', scalar @filter, $program;
syscall($PRCTL, $PR_SET_SECCOMP, $MODE_FILTER, $fprog) == 0 or die "no filter: $!\n";
exec @ARGV or die "$ARGV[0]: $!\n";
