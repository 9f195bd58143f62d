# What a test leaves running to see whether it is disturbed. No module: it runs inside a root that holds nothing of perl but the program.
#
#   witness.pl ARCH FILE counter      counts time: its longest pause since it was last asked
#   witness.pl ARCH FILE all          starts a counter, and two processes with one connection of TCP between them
#
# Each writes `NUMBER VALUE` to FILE.ROLE when it is asked by SIGUSR1: how often it was asked, and the longest pause in ms (counter) or how often the connection
# has echoed (client). The server accepts one connection and the client makes one: where that breaks, both end.
my ($arch, $file, $role) = @ARGV;
my ($clock_gettime, $monotonic, $port) = ($arch eq 'x64' ? 228 : 113, 1, 7007);
my ($AF_INET, $SOCK_STREAM, $EINTR) = (2, 1, 4);
my $address = pack 'S n C4 x8', $AF_INET, $port, 127, 0, 0, 1;
my $asked = 0;

if ($role eq 'all') { all() } else { counter() }

sub all {
  $0 = 'witness all';
  socket my $listening, $AF_INET, $SOCK_STREAM, 0 or die "socket: $!";
  bind $listening, $address or die "bind: $!";
  listen $listening, 1 or die "listen: $!";
  for my $part (\&counter, sub { server($listening) }, \&client) {
    my $child = fork // die "fork: $!";
    if (!$child) { $part->(); exit 0 }
  }
  1 while wait != -1;
}

sub counter {
  my $tell = answering('counter');
  my ($told, $worst, $last) = (0, 0, now());
  for (;;) {
    nap();
    my $now = now();
    $worst = $now - $last if $now - $last > $worst;
    $last = $now;
    next if $told == $asked;
    $tell->($told = $asked, sprintf '%.3f', $worst);
    ($worst, $last) = (0, now());                      # that the disk is slow to take an answer is no pause
  }
}

sub server {
  my ($listening) = @_;
  $0 = 'witness server';
  my $peer;
  until (accept $peer, $listening) { die "accept: $!" unless $! == $EINTR }
  close $listening;
  while (defined(my $byte = received($peer))) { sent($peer, $byte) }
}

sub client {
  socket my $peer, $AF_INET, $SOCK_STREAM, 0 or die "socket: $!";
  connect $peer, $address or die "connect: $!";
  my $tell = answering('client');
  my ($told, $echoes) = (0, 0);
  for (;;) {
    nap();
    my $byte = chr 97 + $echoes % 26;
    sent($peer, $byte);
    exit 1 unless (received($peer) // '') eq $byte;
    $echoes++;
    next if $told == $asked;
    $tell->($told = $asked, $echoes);
  }
}

# Answers replace each other in one file that stays open: no path is looked up while mounts change.
sub answering {
  my ($name) = @_;
  $0 = "witness $name";
  $SIG{USR1} = sub { $asked++ };
  open my $out, '>', "$file.$name" or die "$file.$name: $!";
  my $tell = sub { sysseek $out, 0, 0; syswrite $out, sprintf "%-60s\n", "@_" };
  $tell->(0, 0);
  return $tell;
}

sub sent {
  my ($peer, $byte) = @_;
  until (syswrite $peer, $byte) { exit 1 unless $! == $EINTR }
}

sub received {
  my ($peer) = @_;
  for (;;) {
    my $got = sysread $peer, my $byte, 1;
    return $got ? $byte : undef if defined $got;
    return undef unless $! == $EINTR;
  }
}

sub nap { select undef, undef, undef, 0.002 }

# In ms.
sub now {
  my $time = "\0" x 16;
  syscall $clock_gettime, $monotonic, $time;
  my ($seconds, $nanoseconds) = unpack 'q2', $time;
  return $seconds * 1000 + $nanoseconds / 1e6;
}
