# What the kernel tells of a network namespace: see shim.pl, whose `observe` loads it where it is asked for.
use strict;

# RTM_GETLINK, RTM_GETADDR and RTM_GETROUTE of rtnetlink(7), each with how long the header is that a request of it begins with.
our %dumped = (links => [18, 16], addresses => [22, 8], routes => [26, 12]);

# All of one kind in the network namespace that we are in, as the kernel's own messages in hexadecimal, one behind the other. undef, and $!, where it fails.
sub netlink_dump {
  my ($kind) = @_;
  my ($type, $length) = @{$dumped{$kind} // fail("no netlink dump is called $kind")};
  # Of an interface without its counters (IFLA_EXT_MASK: RTEXT_FILTER_SKIP_STATS).
  my $body = "\0" x $length . ($kind eq 'links' ? pack('S S L', 8, 29, 8) : '');
  socket(my $socket, 16, 3, 0) or return undef;
  defined send($socket, pack('L S S L L', 16 + length $body, $type, 0x301, 1, 0) . $body, 0) or return undef;
  my $all = '';
  while (1) {
    defined recv($socket, my $messages, 1 << 17, 0) or return undef;
    while (length $messages >= 16) {
      my ($size, $answer) = unpack 'L S', $messages;
      return unpack('H*', $all) if $answer == 3;                       # NLMSG_DONE
      if ($answer == 2) { $! = -unpack('x16 l', $messages); return undef }   # NLMSG_ERROR
      $all .= substr $messages, 0, ($size + 3) & ~3, '';
    }
  }
}

1;
