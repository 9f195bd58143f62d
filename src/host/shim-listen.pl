# The shim's `listen`: see shim.pl, which loads it.
use strict;
our (%number, $O_CLOEXEC, $AT_FDCWD);
use Errno ();

# ---- listen ---------------------------------------------------------------------------------------------------------------------------------

# One process for the mount tables, first processes and networks of any number of environments. It is told on standard input, a line each: `+ PID START` (listen to
# it), `+ PID START network` (to its network too), `- PID` (no longer); and tells `PID mounts` (from now on its mount table is listened to, or it has changed), `PID network`
# (its network has changed), `0 network` (that of the host has, where it may be ours), `PID death` (it has ended: what we held of it is let go), `PID deaf` (it cannot be
# listened to). It ends with its standard input.
my %heard;                                             # by pid: descriptors of its mount table and of itself, and the sockets that tell of its network
# What the host's messages that may be of ours hold: the name of an interface or a table, or, as NETCONFA_IFINDEX, all interfaces.
my $ours = qr/cl-|clb-|cloister|\x08\0\x01\0\xff\xff\xff\xff/;
my ($host, $home);                                     # the sockets that tell of the host's network, once they are needed, and the way back to that

sub listen_to_all {
  $| = 1;
  prctl('not ptraceable', 4, 0);
  my $orders = '';
  while (1) {
    my ($readable, $changed) = ('', '');
    vec($readable, $_, 1) = 1 for 0, map({ fileno $_ } @{$host // []}), map { $_->[1], map { fileno $_ } @{$_->[2]} } values %heard;
    vec($changed, $_->[0], 1) = 1 for values %heard;
    next if select($readable, undef, $changed, undef) < 0;
    my $told = 0;
    for my $pid (keys %heard) {
      my ($table, $life, $sockets) = @{$heard{$pid}};
      my $network = grep { vec($readable, fileno $_, 1) && drained($_, qr/^/) } @$sockets;
      my @what = vec($readable, $life, 1) ? 'death' : ((vec($changed, $table, 1) ? 'mounts' : ()), ($network ? 'network' : ())) or next;
      turn_away($pid) if $what[0] eq 'death';
      print "$pid $_\n" for @what;
      $told = 1;
    }
    if (grep { vec($readable, fileno $_, 1) && drained($_, $ours) } @{$host // []}) {
      print "0 network\n";
      $told = 1;
    }
    if (vec($readable, 0, 1)) {
      sysread(STDIN, $orders, 65536, length $orders) or return;
      heed(split / /, $1) while $orders =~ s/^([^\n]*)\n//;
    }
    # Whoever changes mounts or a network without end is told of fifty times a second.
    select undef, undef, undef, 0.02 if $told;
  }
}

sub heed {
  my ($sign, $pid, $start, $network) = @_;
  turn_away($pid);
  return if $sign eq '-';
  my $listened = eval { listen_to($pid, $start, $network) };
  $heard{$pid} = $listened if $listened;
  print "$pid ", $listened ? 'mounts' : 'deaf', "\n";
}

# A mount table that is open tells its changes as an exceptional condition (poll(2) of proc_pid_mountinfo(5)); it keeps the namespace alive, so it is closed
# as soon as the process has ended.
sub listen_to {
  my ($pid, $start, $network) = @_;
  my $process = process($pid, $start);
  my (@open, @sockets);
  my $done = eval {
    push @open, call('mount table', 'openat', $process, my $path = 'mountinfo', $O_CLOEXEC, 0);
    push @open, call('process', 'pidfd_open', $pid + 0, 0);
    @sockets = network_of($process) if defined $network;
    slurp_at($process, 'stat');                        # it is there still, so the number was its own all the time
    1;
  };
  close_descriptors($process);
  return [@open, \@sockets] if $done;
  close_descriptors(@open);
  return undef;
}

# The sockets are closed with the last that knows them.
sub turn_away { my ($pid) = @_; close_descriptors(@{delete $heard{$pid} // []}[0, 1]) if $heard{$pid} }

# ---- networks -------------------------------------------------------------------------------------------------------------------------------

# RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_IFADDR, RTMGRP_IPV6_ROUTE of rtnetlink(7), and RTNLGRP_IPV4_NETCONF, which tells of forwarding.
my ($own_groups, $host_groups) = (0x1 | 0x10 | 0x40 | 0x100 | 0x400, 0x1 | 0x10 | 1 << 23);
# Sockets that are told of every change in the network namespace of a process; they stay in it when we have left it. None where that is our own.
sub network_of {
  my ($process) = @_;
  $home //= call('own net', 'openat', $AT_FDCWD, my $path = '/proc/self/ns/net', $O_CLOEXEC, 0);
  $host //= [sockets($host_groups)];
  join_namespaces($process, 'net') or return;
  my @sockets = eval { sockets($own_groups) };
  call('own net', 'setns', $home, 0);
  return @sockets;
}

# Of NETLINK_ROUTE, and of NETLINK_NETFILTER (NFNLGRP_NFTABLES), where the kernel has that.
sub sockets {
  my ($groups) = @_;
  return grep { defined } map {
    my ($protocol, $mask) = @$_;
    my $socket;
    socket($socket, 16, 3 | $O_CLOEXEC, $protocol) && bind($socket, pack 'S S L L', 16, 0, 0, $mask) ? $socket : undef;
  } [0, $groups], [12, 1 << 6];
}

# Whether something is told that holds this. Where more was told than we took, that may have been it.
sub drained {
  my ($socket, $what) = @_;
  my $found = 0;
  while (1) {
    my $message;
    return $found || $!{ENOBUFS} unless defined recv($socket, $message, 1 << 16, 0x40);      # MSG_DONTWAIT
    $found ||= $message =~ $what;
  }
}

1;
