# What is left of a recalled `exec` once Node was started or a note was found: see src/cli/recall.pl, which loads this and shim.pl; it loads shim-enter.pl.
use strict;
our (%number, $O_CLOEXEC, $EINTR, $EAGAIN);
our %passed = (HUP => 1, INT => 2, QUIT => 3, USR1 => 10, USR2 => 12, TERM => 15);
my $mask_before = "\0" x 8;                            # of signals

# Whether the keeper of a note still is.
sub is_kept {
  my ($note) = @_;
  my ($pid, $start) = map { my $key = $_; map { /^$key=(\d+)$/ ? $1 : () } @$note } qw(pid start);
  return defined $start && eval { process($pid, $start); 1 };
}

# Both return the exit code.
sub enter_noted {
  my ($note, $asked, @relayed) = @_;
  my @word = (@$note, @{$asked->{keys}}, '--', @{$asked->{command}});
  if ($asked->{terminal}) {
    part('caller');
    return enter_on_terminal($asked, 'set=TERM=' . ($ENV{TERM} // 'linux'), 'session=leads', 'output=own', @word);
  }
  return enter_waiting({ signals => held_signals(heeded()), relayed => \@relayed }, @word);
}

# Where Node has nothing to run, we end as it does.
sub enter_told {
  my ($told, @relayed) = @_;
  my $signals = held_signals(heeded());
  part('enter');
  part('relay') if @relayed;
  my @word = told_words($signals, $told);
  return code_of($told->{pid}) unless @word && pop(@word) eq 'end';
  return enter_waiting({ signals => $signals, relayed => \@relayed, node => $told->{pid} }, @word);
}

# Enters as the words say and waits for the end of the command, which gets the signals to us, and for that of Node, where there is one.
sub enter_waiting {
  my ($with, @word) = @_;
  my ($signals, $node) = @$with{qw(signals node)};
  part('enter');
  my $relay;
  if (@{$with->{relayed}}) { part('relay'); $relay = relayed_streams(@{$with->{relayed}}) }
  my $command = enter_in_child(sub { let_go(); take_relayed($relay) if $relay }, @word);
  begin_relay($relay) if $relay;
  kill $_, $command for @{$signals->{early}};
  my ($ended, @others) = map { call("process $_", 'pidfd_open', $_, 0) } $command, defined $node ? $node : ();
  until (is_readable($ended, $signals->{fd}, @others, $relay ? relay_sources($relay) : ())) {
    kill $_, $command for taken($signals);
    # It had a note to write.
    @others = () if defined $node && waitpid($node, 1) == $node;
    carry_out($relay) if $relay;
  }
  my $is_written = !$relay || end_relay($relay);
  waitpid $node, 0 if @others;
  my $code = code_of($command);
  return $is_written ? $code : 125;
}

# What Node tells.
sub told_words {
  my ($signals, $told) = @_;
  my $text = '';
  while (1) {
    if (!is_readable(fileno $told->{words}, $signals->{fd})) {
      # It may have said by then what is to be run: then the command gets the signal, too. Of USR1 Node would listen for a debugger.
      my @number = taken($signals);
      push @{$signals->{early}}, @number;
      kill $_, $told->{pid} for grep { $_ != $passed{USR1} } @number;
      next;
    }
    my $count = sysread $told->{words}, $text, 65536, length $text;
    last if defined $count ? $count == 0 : $! != $EINTR;
  }
  return split /\0/, $text, -1;
}

sub code_of { my ($child) = @_; waitpid $child, 0; return $? & 127 ? 128 + ($? & 127) : $? >> 8 }

# ---- signals --------------------------------------------------------------------------------------------------------------------------------

# Those that are the command's. What we were started to ignore is ignored inside as well.
sub heeded { return map { $passed{$_} } grep { ($SIG{$_} // '') ne 'IGNORE' } keys %passed }

# Those to us are for the command, and wait here until there is one. By a descriptor: perl runs a handler between two of its steps, and one that comes before the
# last of them, which waits, would wait with it.
sub held_signals {
  my $mask = 0;
  $mask |= 1 << ($_ - 1) for @_;
  my $set = pack 'Q', $mask;
  syscall($number{rt_sigprocmask}, 0, $set, $mask_before, 8) == 0 or fail("signals: $!");      # not by call(): the buffer must not be copied
  my $fd = call('signals', 'signalfd4', -1, $set, 8, $O_CLOEXEC | 0x800);      # SFD_NONBLOCK
  open(my $file, '<&=', $fd) or fail("signals: $!");
  return { fd => $fd, file => $file, early => [] };
}

# What a child of ours begins with: what was held before we held any, or what is said.
sub let_go { my ($mask) = (@_, $mask_before); syscall($number{rt_sigprocmask}, 2, $mask, 0, 8) }

# Those that have come since, by their numbers (struct signalfd_siginfo).
sub taken {
  my ($signals) = @_;
  my @number;
  while (sysread $signals->{file}, my $told, 128) { push @number, unpack 'L', $told }
  return @number;
}

# Waits until there is something to read on one of the descriptors; whether that is so of the first.
sub is_readable {
  my ($fd, @others) = @_;
  while (1) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for $fd, @others;
    next if select($ready, undef, undef, undef) < 0;
    return vec $ready, $fd, 1;
  }
}

# Whether all of it was written.
sub wrote {
  my ($to, $text) = @_;
  for (my $at = 0; $at < length $text;) {
    my $count = syswrite $to, $text, length($text) - $at, $at;
    if (defined $count) { $at += $count; next }
    next if $! == $EINTR;
    return 0 unless $! == $EAGAIN;
    my $ready = '';
    vec($ready, fileno $to, 1) = 1;
    select undef, $ready, undef, undef;
  }
  return 1;
}

1;
