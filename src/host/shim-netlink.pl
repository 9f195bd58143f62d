# What the kernel tells of a network namespace: see shim.pl, whose `observe` loads it where it is asked for.
use strict;
our %ended;

# RTM_GETLINK, RTM_GETADDR and RTM_GETROUTE of rtnetlink(7), NFT_MSG_GETCHAIN, NFT_MSG_GETRULE and NFT_MSG_GETTABLE of nfnetlink: each with the header that a
# request of it begins with (of chains and rules: the family inet; of tables: all), and the protocol that it is of.
our %dumped = (links => [18, "\0" x 16, 0], addresses => [22, "\0" x 8, 0], routes => [26, "\0" x 12, 0], chains => [0xa04, "\1\0\0\0", 12], rules => [0xa07, "\1\0\0\0", 12],
  tables => [0xa01, "\0" x 4, 12]);

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
sub listed_rules {
  my $listing = foreseen_rules();
  if (!$listing) {
    my $tables = netlink_dump('tables');
    return '' if defined $tables && !grep { $_ == 1 || $_ == 5 } families_of($tables);
    $listing = listing() or return undef;
  }
  my $listed = $listing->{listed};
  my $text = do { local $/; <$listed> } // '';
  my $noted = delete $ended{$listing->{pid}};                          # by who waits for any child: see shim-serve.pl
  my $status = waitpid($listing->{pid}, 0) > 0 ? $? : $noted;
  if (defined $status && $status == 0) { return unpack 'H*', $text }
  $! = 5;                                                              # EIO: it said why on our standard error
  return undef;
}

# What was asked for ahead.
my $foreseen;

sub listing {
  pipe(my $listed, my $lists) or return undef;
  my $pid = fork // return undef;
  if (!$pid) {
    open(STDIN, '<', '/dev/null') && open(STDOUT, '>&', $lists) or exit 126;
    { no warnings; exec nft => 'list ruleset inet; list ruleset netdev' }
    exit 127;
  }
  $ended{$pid} = undef;
  return { listed => $listed, pid => $pid };
}

# Has nft list them while we do something else, and notes what they are until then.
sub foresee_rules {
  my $now = rules_now();
  $foreseen = defined $now ? listing() : undef;
  $foreseen->{now} = $now if $foreseen;
}

# That listing, where nobody has changed a rule since it began, in the same network; once.
sub foreseen_rules {
  my $listing = $foreseen;
  undef $foreseen;
  return $listing && $listing->{now} eq (rules_now() // '') ? $listing : undef;
}

# By NFT_MSG_GETGEN: the kernel counts the transactions that have changed rules of a network. undef where it does not tell.
sub rules_now {
  socket(my $socket, 16, 3, 12) or return undef;
  defined send($socket, pack('L S S L L a4', 20, 0xa10, 1, 1, 0, ''), 0) && defined recv($socket, my $answer, 4096, 0) or return undef;
  my ($type, $counted) = unpack 'x4 S x14 a8', $answer;
  return $type == 0xa0f ? unpack('H*', $counted) . ' ' . readlink '/proc/self/ns/net' : undef;
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
