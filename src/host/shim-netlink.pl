# What the kernel tells of a network namespace: see shim.pl, whose `observe` loads it where it is asked for.
use strict;
our %ended;

# RTM_GETLINK, RTM_GETADDR and RTM_GETROUTE of rtnetlink(7), NFT_MSG_GETCHAIN, NFT_MSG_GETRULE and NFT_MSG_GETTABLE of nfnetlink: each with the header that a
# request of it begins with (of chains and rules: the family inet, of early ones netdev; of tables, all-chains and all-rules: all), and the protocol that it is of.
our %dumped = (links => [18, "\0" x 16, 0], addresses => [22, "\0" x 8, 0], routes => [26, "\0" x 12, 0], chains => [0xa04, "\1\0\0\0", 12], rules => [0xa07, "\1\0\0\0", 12],
  tables => [0xa01, "\0" x 4, 12], early => [0xa04, "\5\0\0\0", 12], 'all-chains' => [0xa04, "\0" x 4, 12], 'all-rules' => [0xa07, "\0" x 4, 12]);

# All of one kind in the network namespace that we are in, as the kernel's own messages in hexadecimal, one behind the other. undef, and $!, where it fails.
sub netlink_dump {
  my ($kind) = @_;
  my ($type, $header, $protocol) = @{$dumped{$kind} // fail("no netlink dump is called $kind")};
  # Of an interface without its counters (IFLA_EXT_MASK: RTEXT_FILTER_SKIP_STATS).
  my $body = $header . ($kind eq 'links' ? pack('S S L', 8, 29, 8) : '');
  socket(my $socket, 16, 3, $protocol) or return undef;
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

# The nft tables of the families inet and netdev as nft lists them, in hexadecimal. undef, and $!, where it fails. Where the kernel has none of them, nft is not asked.
# What was listed within this second, or is being listed, is believed where nobody has changed a rule since it was begun.
my $listing;
sub listed_rules {
  my $now = rules_now();
  if (!$listing || $now eq '' || $listing->{now} ne $now || time - $listing->{begun} > 1) {
    my $tables = netlink_dump('tables');
    return '' if defined $tables && !grep { $_ == 1 || $_ == 5 } families_of($tables);
    begin_listing($now) or return undef;
  }
  return $listing->{text} if defined $listing->{text};
  my ($listed, $pid) = delete @$listing{qw(listed pid)};
  my $text = do { local $/; <$listed> } // '';
  my $noted = delete $ended{$pid};                                     # by who waits for any child: see shim-serve.pl
  my $status = waitpid($pid, 0) > 0 ? $? : $noted;
  if (defined $status && $status == 0) { return $listing->{text} = unpack 'H*', $text }
  undef $listing;
  $! = 5;                                                              # EIO: it said why on our standard error
  return undef;
}

# Has nft list them while we do something else.
sub foresee_rules { begin_listing(rules_now()) }

sub begin_listing {
  my ($now) = @_;
  delete $ended{$listing->{pid}} if $listing && defined $listing->{pid};
  undef $listing;
  pipe(my $listed, my $lists) or return 0;
  my $pid = fork // return 0;
  if (!$pid) {
    open(STDIN, '<', '/dev/null') && open(STDOUT, '>&', $lists) or exit 126;
    exec nft => 'list ruleset inet; list ruleset netdev';
    exit 127;
  }
  $ended{$pid} = undef;
  $listing = { now => $now, begun => time, listed => $listed, pid => $pid };
  return 1;
}

# What says whether rules of this network are what they were: how many transactions have changed one (NFT_MSG_GETGEN), and the chains of interfaces, which go with
# theirs without one. '' where the kernel does not tell.
sub rules_now {
  socket(my $socket, 16, 3, 12) or return '';
  defined send($socket, pack('L S S L L a4', 20, 0xa10, 1, 1, 0, ''), 0) && defined recv($socket, my $answer, 4096, 0) or return '';
  my ($type, $counted) = unpack 'x4 S x14 a8', $answer;
  my $chains = $type == 0xa0f ? netlink_dump('early') : undef;
  return defined $chains ? join ' ', unpack('H*', $counted), readlink('/proc/self/ns/net'), $chains : '';
}

# NFPROTO_* of each message of a dump of nfnetlink.
sub families_of {
  my $messages = pack 'H*', shift;
  my @family;
  while (length $messages >= 20) {
    my ($size, $family) = unpack 'L x12 C', $messages;
    push @family, $family;
    substr $messages, 0, ($size + 3) & ~3, '';
  }
  return @family;
}

1;
