# The shim's `network`: see shim-serve.pl, which loads it.
use strict;

# What several environments have in common is made and taken away under the lock of the host's network namespace: two that start or end at the same time, of two
# projects too, are not in each other's way. In that order, as far as the first that fails:
#
#   make BRIDGE RANGE      a bridge, where there is none of that name; the host has no route into RANGE then
#   gone INTERFACE         taken away, where it is there
#   drop ADDRESS INTERFACE an address taken away, where it is there
#   set NAME VALUE         a sysctl of net, its name with slashes
#   forward                the host forwards IPv4. That it did not is noted in the kernel first, by an empty nft table, until nobody needs it
#   ...                    anything else: a line of `ip -batch`. Those that a start is made of go to the kernel from here, with what ip(8) would tell it
#
# Behind `inside` each is of the network of the process; that network is called `netns inside`.
sub change_network {
  my ($home, $pid, $start, @line) = @_;
  open(my $lock, '<', '/proc/self/ns/net') or fail("network namespace: $!");
  for (my $left = 20_000; !flock $lock, 2 | 4; $left--) {
    fail('another has had the lock of the network for too long') if $left == 0;
    hear_more(0.005);
  }
  my $inside = grep({ /^inside | netns inside\b/ } @line) ? network_inside($pid, $start) : undef;
  my $within = 0;
  my $done = eval {
    for my $line (@line) {
      my $there = $line =~ s/^inside // ? 1 : 0;
      call('network namespace', 'setns', $there ? $inside : $home, 0) if $there != $within;
      $within = $there;
      network_line($line, $inside, $pid);
    }
    1;
  };
  my $why = $@;
  call('own network namespace', 'setns', $home, 0) if $within;
  close_descriptors($inside) if defined $inside;
  die $why unless $done;
}

# By now its number may be somebody else's, with the host's network, which nothing of this is for.
sub network_inside {
  my ($pid, $start) = @_;
  my $process = eval { process($pid, $start) };
  my $known = defined $process && link_at($process, 'ns/net') ne readlink '/proc/self/ns/net';
  my $network = $known ? namespace($process, 'net') : undef;
  close_descriptors($process) if defined $process;
  return $network // fail("process $pid is not there any more, or is the host's");
}

sub network_line {
  local $_ = shift;
  my ($inside, $pid) = @_;
  if (/^make (\S+) (\S+)$/) { make_bridge($1, $2) unless interface($1) }
  elsif (/^gone (\S+)$/)    { my $index = interface($1); request_link($_, 17, 0, $index, 0, '', 19) if $index }             # RTM_DELLINK, ENODEV
  elsif (/^set (\S+) (\S+)$/) { write_kernel("/proc/sys/net/$1", $2) }
  elsif ($_ eq 'forward')   { forward() }
  elsif (/^drop (\S+?)(?: peer \S+?)?(\/\d+)? (\S+)$/) {
    my ($address, $length) = (bytes_of($1), substr $2 // '/32', 1);
    request($_, 21, 0, address_header($address, $length, 0, interface($3)) . attribute(2, $address), 99);                 # RTM_DELADDR, EADDRNOTAVAIL
  }
  elsif (/^link add name (\S+) type veth peer name (\S+) netns inside$/) {
    my $peer = link_header(0, 0) . attribute(3, "$2\0") . attribute(28, pack 'L', $inside);                             # IFLA_NET_NS_FD
    request_link($_, 16, 0x600, 0, 0, attribute(3, "$1\0") . attribute(18, attribute(1, "veth\0") . attribute(2, attribute(1, $peer))));
  }
  elsif (/^link set dev (\S+)(?: master (\S+))?(?: mtu (\d+))?(?: address ([0-9a-f:]{17}))? up$/) {
    my $address = defined $4 ? attribute(1, pack 'H2' x 6, split /:/, $4) : '';
    my $mtu = defined $3 ? attribute(4, pack 'L', $3) : '';
    my $master = defined $2 ? attribute(10, pack 'L', interface($2) || missing($_, $2)) : '';
    request_link($_, 16, 0, interface($1) || missing($_, $1), 1, $address . $mtu . $master);
  }
  elsif (/^address replace ([0-9a-f.:]+)\/(\d+) dev (\S+)( nodad)?$/) {
    my $address = bytes_of($1);
    my $header = address_header($address, $2, defined $4 ? 2 : 0, interface($3) || missing($_, $3));                     # IFA_F_NODAD
    request($_, 20, 0x500, $header . attribute(2, $address) . attribute(1, $address));
  }
  elsif (/^route replace (?:default|([0-9a-f.:]+)\/(\d+)) via ([0-9a-f.:]+) dev (\S+)$/) {
    my ($hop, $to) = (bytes_of($3), defined $1 ? attribute(1, bytes_of($1)) : '');
    my $header = pack 'C8 L', family_of($hop), $2 // 0, 0, 0, 254, 3, 0, 1, 0;                                          # RT_TABLE_MAIN, RTPROT_BOOT, RTN_UNICAST
    request($_, 24, 0x500, $header . $to . attribute(5, $hop) . attribute(4, pack 'L', interface($4) || missing($_, $4)));
  }
  else { by_ip(s/ netns inside\b/ netns $pid/r) }
}

sub missing { my ($line, $interface) = @_; fail("ip $line: there is no $interface") }

# ioctl SIOCGIFINDEX of netdevice(7); 0: there is none of that name.
sub interface {
  my ($name) = @_;
  socket(my $socket, 2, 2, 0) or fail("socket: $!");
  my $request = pack 'a16 x24', $name;
  return 0 unless ioctl $socket, 0x8933, $request;
  return unpack 'x16 l', $request;
}

sub make_bridge {
  my ($bridge, $range) = @_;
  my ($network, $length) = split m{/}, $range;
  my $prefix = substr unpack('B*', bytes_of($network)), 0, $length;
  my $all = pack 'H*', netlink_dump('routes') // fail("routes: $!");
  while (length $all >= 28) {
    my ($size, $family, $long, $table) = unpack 'L x12 C C x2 C', $all;
    my $one = substr $all, 0, ($size + 3) & ~3, '';
    my $to = $family == 2 && $long >= $length ? attributes_in(substr $one, 28)->{1} // '' : '';                          # RTA_DST
    next unless substr(unpack('B*', $to), 0, $length) eq $prefix;
    fail("the host has a route into $range by now: " . join('.', unpack 'C4', $to) . "/$long, in table $table");
  }
  request_link("link add name $bridge type bridge", 16, 0x600, 0, 0, attribute(3, "$bridge\0") . attribute(18, attribute(1, "bridge\0")));
}

sub forward {
  my $file = '/proc/sys/net/ipv4/ip_forward';
  open(my $forwards, '<', $file) or fail("$file: $!");
  return if (<$forwards> // '') =~ /^1/;
  # A transaction of nfnetlink(7) of one message: NFT_MSG_NEWTABLE, of the family inet, with NFTA_TABLE_USERDATA as nft keeps a comment in it.
  my $comment = "net.ipv4.ip_forward was 0\0";
  my $table = "\1\0\0\0" . attribute(1, "cloister\0") . attribute(2, pack 'N', 0) . attribute(6, pack('C C', 0, length $comment) . $comment);
  my ($begin, $end) = map { pack 'L S S L L a4', 20, $_, 1, 0, 0, "\0\0\0\x0a" } 16, 17;
  ask_netlink('nft add table inet cloister', 12, $begin . message(0xa00, 0x405, $table) . $end);
  write_kernel($file, '1');
}

# ---- rtnetlink(7) ---------------------------------------------------------------------------------------------------------------------------

sub attribute { my ($type, $value) = @_; return pack('S S', 4 + length $value, $type) . $value . "\0" x (-length($value) & 3) }
sub attributes_in {
  my ($bytes) = @_;
  my %found;
  while (length $bytes >= 4) {
    my ($size, $type) = unpack 'S S', $bytes;
    $found{$type} = substr substr($bytes, 0, $size), 4;
    substr $bytes, 0, ($size + 3) & ~3, '';
  }
  return \%found;
}
sub message { my ($type, $flags, $body) = @_; return pack('L S S L L', 16 + length $body, $type, $flags, 1, 0) . $body }
sub link_header { my ($index, $up) = @_; return pack 'C x S l L L', 0, 0, $index, $up, $up }
sub address_header { my ($address, $length, $flags, $index) = @_; return pack 'C C C C L', family_of($address), $length, $flags, 0, $index }
sub family_of { return length $_[0] == 4 ? 2 : 10 }

# With NLM_F_REQUEST and NLM_F_ACK beside these flags (NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE).
sub request { my ($line, $type, $flags, $body, $tolerated) = @_; ask_netlink("ip $line", 0, message($type, 5 | $flags, $body), $tolerated) }
sub request_link { my ($line, $type, $flags, $index, $up, $attributes, $tolerated) = @_; request($line, $type, $flags, link_header($index, $up) . $attributes, $tolerated) }

sub ask_netlink {
  my ($what, $protocol, $messages, $tolerated) = @_;
  socket(my $socket, 16, 3, $protocol) or fail("$what: $!");
  defined send($socket, $messages, 0) && defined recv($socket, my $answer, 1 << 15, 0) or fail("$what: $!");
  my ($type, $error) = unpack 'x4 S x10 l', $answer;
  fail("$what: no answer") unless $type == 2;
  return if $error == 0 || -$error == ($tolerated // 0);
  $! = -$error;
  fail("$what: $!");
}

# The bytes of an address as it is written.
sub bytes_of {
  my ($text) = @_;
  return pack 'C4', split /\./, $text if $text =~ /^\d+(?:\.\d+){3}$/;
  my ($front, $back) = map { [split /:/, $_] } split /::/, $text, 2;
  $back //= [];
  my $missing = 8 - @$front - @$back;
  fail("$text is no address") if $text =~ /[^0-9a-f:]/ || $missing < 0 || ($missing > 0) != ($text =~ /::/);
  return pack 'n8', map { hex } @$front, (0) x $missing, @$back;
}

sub by_ip {
  my ($line) = @_;
  my ($code, $printed) = output_of(begin_command("$line\n", 'ip', '-batch', '-'));
  fail("ip $line: " . ($printed =~ s/\n.*//sr)) if $code;
}

1;
