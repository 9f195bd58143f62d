# The caller's terminal, while a command runs on one of the environment's own: it is raw, and what is typed on it and printed inside, and its size, go to and fro in
# this process, which alone has the other end. When it ends, in whatever way, that one is hung up. See shim-recall.pl, which loads this; src/cli/terminal-held.ts and
# shim-terminal.pl do the same together, where Node is started.
use strict;
our (%number, %passed, $EINTR, $EAGAIN);

my $most_input = 65536;                                # bytes that are read ahead
my $most_pieces = 64;                                  # what is read once the command has ended: more than a terminal keeps
my $held_seconds = 1;                                  # the first of the detach keys is held back where nothing follows: it may be meant for the command
my $before;                                            # what our terminal was, while it is raw (struct termios)

END { make_cooked() }

# Runs the command that the words say; `asked` as recall.pl has it. Returns the exit code.
sub enter_on_terminal {
  my ($asked, @word) = @_;
  my $signals = held_signals(values %passed, 28);      # SIGWINCH
  part('enter');
  part('pty');
  my ($one) = keys_and_rest(@word);
  my ($outer, $inner) = new_terminal(process($one->{pid}, $one->{start}), size_of(\*STDOUT));
  my $command = enter_in_child(sub { take_terminal($outer, $inner) }, @word);
  close $inner;
  $SIG{PIPE} = 'IGNORE';
  make_raw();                                          # nothing that it prints is read before
  my %held = (command => $command, outer => $outer, prints => 1, typed => '', reads => 1, keys => $asked->{detach}, maybe => '', signals => $signals);
  $held{ended} = call("process $command", 'pidfd_open', $command, 0);
  my $how = hold_terminal(\%held);
  make_cooked();
  return code_of($command) if $how eq 'ended';
  return 125 if $how ne 'detached';
  leave_running(\%held);
  print STDERR "\r\ncloister: the command in $asked->{name} was detached from, and runs on\n";
  return 0;
}

# In the child that becomes the command, of whose terminal the caller's shell knows nothing: no signal is ignored there, or held, that is so here.
sub take_terminal {
  my ($outer, $inner) = @_;
  for (keys %SIG) { $SIG{$_} = 'DEFAULT' if ($SIG{$_} // '') eq 'IGNORE' }
  let_go(my $nothing = "\0" x 8);
  close $outer;
  call('standard streams', 'dup3', fileno $inner, $_, 0) for 0 .. 2;
  close $inner;
}

# ---- our terminal ---------------------------------------------------------------------------------------------------------------------------

# As `stty raw -echo -iexten`. One that is not to be had (we are in the background, where nobody brings us to the front) is left as it is.
sub make_raw {
  my $now = "\0" x 64;
  ioctl(STDIN, 0x5401, $now) or return;                # TCGETS
  my (undef, $output, $control, $local) = unpack 'L4', $now;
  my $raw = pack('L4', 0, $output & ~1, $control, $local & ~0x800f) . substr $now, 16;      # OPOST; IEXTEN, ECHO, XCASE, ICANON, ISIG
  substr $raw, 22, 2, "\0\1";                          # VTIME, VMIN
  $before = $now;
  ioctl(STDIN, 0x5403, $raw);                          # TCSETSW
}

sub make_cooked { my $was = $before // return; undef $before; ioctl(STDIN, 0x5403, $was) }

# ---- to and fro -----------------------------------------------------------------------------------------------------------------------------

# Until the command has ended (`ended`), is left (`detached`), or our terminal takes nothing any more (`failed`).
sub hold_terminal {
  my ($held) = @_;
  my $signals = $held->{signals};
  while (1) {
    my $takes = $held->{reads} && (defined $held->{keys} || length $held->{typed} < $most_input);
    my ($ready, $may) = ready_of($held, $signals->{fd}, $takes ? 0 : ()) or next;
    for my $number (vec($ready, $signals->{fd}, 1) ? taken($signals) : ()) {
      if ($number != 28) { kill $number, $held->{command}; next }
      my @size = size_of(\*STDOUT);
      set_size($held->{outer}, @size) if @size;
    }
    write_typed($held) if $may;
    my $printed = $held->{prints} && vec($ready, fileno $held->{outer}, 1) ? read_printed($held) : '';
    return 'failed' unless show($printed);
    return 'detached' if $takes && vec($ready, 0, 1) && read_typed($held);
    next unless vec $ready, $held->{ended}, 1;
    # All that it has written is there by now.
    for (1 .. $most_pieces) { my $last = $held->{prints} ? read_printed($held) : ''; last if $last eq ''; return 'failed' unless show($last) }
    return 'ended';
  }
}

# What there is to read, and whether something that was typed can be passed on; nothing where there is neither.
sub ready_of {
  my ($held, @others) = @_;
  my ($ready, $may) = ('', '');
  vec($ready, $_, 1) = 1 for @others, $held->{ended} // (), $held->{prints} ? fileno $held->{outer} : ();
  vec($may, fileno $held->{outer}, 1) = 1 if $held->{typed} ne '';
  my ($found, $left) = select $ready, $may, undef, $held->{maybe} eq '' ? undef : $held->{left};
  return () if $found < 0;
  $held->{left} = $left;
  if ($found == 0) { $held->{typed} .= $held->{maybe}; $held->{maybe} = ''; return () }
  return ($ready, scalar $may =~ /[^\0]/);
}

# '' where there is none.
sub read_printed {
  my ($held) = @_;
  my $count = sysread $held->{outer}, my $printed, 65536;
  return $printed if $count;
  $held->{prints} = 0 unless !defined $count && ($! == $EINTR || $! == $EAGAIN);      # EIO: nobody has it any more
  return '';
}

sub show {
  my ($printed) = @_;
  return 1 if $printed eq '' || wrote(\*STDOUT, $printed);
  print STDERR "cloister: standard output: $!\n";
  return 0;
}

# Whether the detach keys were typed: what follows them is nobody's. What may be the beginning of them is held back.
sub read_typed {
  my ($held) = @_;
  my $count = sysread STDIN, my $typed, 65536;
  $held->{reads} = 0 unless $count || !defined $count && ($! == $EINTR || $! == $EAGAIN);      # it went away: then there is no input
  return 0 unless $count;
  if (!defined $held->{keys}) { $held->{typed} .= $typed; return 0 }
  $held->{left} = $held_seconds;
  for my $byte (split //, $typed) {
    $held->{maybe} .= $byte;
    $held->{typed} .= substr $held->{maybe}, 0, 1, '' until index($held->{keys}, $held->{maybe}) == 0;
    return 1 if $held->{maybe} eq $held->{keys};
  }
  return 0;
}

sub write_typed {
  my ($held) = @_;
  my $count = syswrite $held->{outer}, $held->{typed};
  if (defined $count) { substr $held->{typed}, 0, $count, '' }
  elsif ($! != $EINTR && $! != $EAGAIN) { $held->{typed} = '' }
}

# The command keeps its terminal, and what it prints there is nobody's; a child of ours ends with it. It is in a session of its own before we end: with us ours may
# be hung up.
sub leave_running {
  my ($held) = @_;
  pipe(my $apart, my $begun) or fail("pipe: $!");
  my $child = fork // fail("fork: $!");
  if ($child) {
    close $begun;
    sysread $apart, my $nothing, 1;
    return;
  }
  syscall($number{setsid});
  taken($held->{signals});                             # they were for our session
  let_go(my $nothing = "\0" x 8);
  close $_ for $apart, $begun;
  chdir '/';
  open STDIN, '<', '/dev/null';
  open $_, '>', '/dev/null' for \*STDOUT, \*STDERR;
  $held->{maybe} = '';
  while ($held->{prints} || defined $held->{ended}) {
    my ($ready, $may) = ready_of($held) or next;
    write_typed($held) if $may;
    read_printed($held) if $held->{prints} && vec $ready, fileno $held->{outer}, 1;
    undef $held->{ended} if defined $held->{ended} && vec $ready, $held->{ended}, 1;
  }
  exit 0;
}

1;
