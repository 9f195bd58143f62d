# The shim's `listen`: see shim.pl, which loads it.
use strict;
our (%number, $O_CLOEXEC);

# ---- listen ---------------------------------------------------------------------------------------------------------------------------------

# One process for the mount tables and first processes of any number of environments. It is told on standard input, a line each: `+ PID START` (listen to it),
# `- PID` (no longer); and tells `PID mounts` (from now on its mount table is listened to, or it has changed), `PID death` (it has ended: what we held of it is let go), `PID deaf`
# (it cannot be listened to). It ends with its standard input.
my %heard;                                             # by pid: descriptors of its mount table and of itself

sub listen_to_all {
  $| = 1;
  prctl('not ptraceable', 4, 0);
  my $orders = '';
  while (1) {
    my ($readable, $changed) = ('', '');
    vec($readable, $_, 1) = 1 for 0, map { $_->[1] } values %heard;
    vec($changed, $_->[0], 1) = 1 for values %heard;
    next if select($readable, undef, $changed, undef) < 0;
    my $told = 0;
    for my $pid (keys %heard) {
      my ($table, $life) = @{$heard{$pid}};
      my $what = vec($readable, $life, 1) ? 'death' : vec($changed, $table, 1) ? 'mounts' : next;
      turn_away($pid) if $what eq 'death';
      print "$pid $what\n";
      $told = 1;
    }
    if (vec($readable, 0, 1)) {
      sysread(STDIN, $orders, 65536, length $orders) or return;
      heed(split / /, $1) while $orders =~ s/^([^\n]*)\n//;
    }
    # Whoever changes mounts without end is told of fifty times a second.
    select undef, undef, undef, 0.02 if $told;
  }
}

sub heed {
  my ($sign, $pid, $start) = @_;
  turn_away($pid);
  return if $sign eq '-';
  my $listened = eval { listen_to($pid, $start) };
  $heard{$pid} = $listened if $listened;
  print "$pid ", $listened ? 'mounts' : 'deaf', "\n";
}

# A mount table that is open tells its changes as an exceptional condition (poll(2) of proc_pid_mountinfo(5)); it keeps the namespace alive, so it is closed
# as soon as the process has ended.
sub listen_to {
  my ($pid, $start) = @_;
  my $process = process($pid, $start);
  my @open;
  my $done = eval {
    push @open, call('mount table', 'openat', $process, my $path = 'mountinfo', $O_CLOEXEC, 0);
    push @open, call('process', 'pidfd_open', $pid + 0, 0);
    slurp_at($process, 'stat');                        # it is there still, so the number was its own all the time
    1;
  };
  close_descriptors($process);
  return \@open if $done;
  close_descriptors(@open);
  return undef;
}

sub turn_away { my ($pid) = @_; close_descriptors(@{delete $heard{$pid} // []}) }

1;
