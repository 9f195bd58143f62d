# The shim's `terminal`: see shim.pl, which loads it.
#
# What a process with `tty` or `stdin_open` has outside: a relay, between its terminal or its pipes and its log, to which `cloister attach` connects. It is made by
# what is about to become the process's waiting parent, and belongs to one life of the process.
#
#   process  <-- terminal of the environment's devpts, or two pipes -->  relay  --> standard output: what keeps the log
#                                                                          ^
#                                                                          '--- SOCKET: those who are attached
#
# What is run by `exec` and `shell` on a terminal has the same, with who typed that as the only one attached, on descriptor 3 from the beginning (SOCKET is empty, and
# the log nobody's): nothing is left out for that one, and the terminal goes with that one, unless it was left on purpose.
#
# A frame on the socket is a letter, the length of what follows (4 bytes, the highest first), and that. To the relay: i, input; w, the size of a terminal (rows and
# columns, 2 bytes each); d, the process is left to itself. From it: h, how it is (`tty`, `stdin`, with a blank between them); o, output; s, how many bytes of output were left out here (8 bytes); e, the process has ended
# (with which code, in digits, or nothing where nobody knows).
# src/host/attached.ts is the other end.
use strict;
our ($EINTR, $EAGAIN);

my ($most_waiting, $most_input, $most_frame) = (262144, 65536, 65536);      # bytes: for one client, for the process, in one frame
my $last_seconds = 2;                                                       # for who is attached to take the rest
my ($source, $sink, $isTerminal, $isOpen);                                  # what the process writes, what it reads
my ($input, %client) = ('');

# FORM (tty, stdin, ROWSxCOLUMNS, with + between them) SOCKET PID START COMMAND...: makes the streams, leaves the relay behind and becomes COMMAND on them.
sub terminal {
  my ($form, $socket, $pid, $start, @command) = @_;
  ($isTerminal, $isOpen) = map { my $one = $_; scalar grep { $_ eq $one } split /\+/, $form } qw(tty stdin);
  my ($listener, $caller);
  if ($socket ne '') { $listener = listener($socket) }
  else { open($caller, '+<&=', 3) or fail("descriptor 3: $!") }
  my @streams = $isTerminal ? inner_terminal(process($pid, $start), $form =~ /\b(\d+)x(\d+)\b/) : new_pipes();
  pipe(my $life, my $held) or fail("pipe: $!");
  my $child = fork // fail("fork: $!");
  if (!$child) {
    exit 0 if fork // 1;                               # it is nobody's child
    close $_ for $held, @streams;
    open STDERR, '>', '/dev/null';
    relay($life, $listener, $caller);
    exit 0;
  }
  waitpid $child, 0;
  for my $to (0 .. 2) {
    call('standard streams', 'dup3', fileno $streams[$to == 0 ? 0 : -1], $to, 0);
  }
  # Descriptor 3 of what waits for the process, which writes there how it ended, and closes it with its own end; nothing inside has it.
  close $caller if $caller;
  if (fileno $held == 3) { fcntl($held, 2, 0) or fail("pipe: $!") }
  else { call('pipe', 'dup3', fileno $held, 3, 0) }
  exec { $command[0] } @command;
  fail("$command[0]: $!");
}

# By its name alone in its directory: a path may be longer than an address. Where there can be none the process runs all the same.
sub listener {
  my ($directory, $name) = $_[0] =~ m{^(.*)/([^/]+)$} or fail("$_[0]: no absolute path");
  mkdir $directory, 0700;
  chdir $directory or return undef;
  unlink $name;
  my $before = umask 0177;
  my $socket;
  socket($socket, 1, 1, 0) && bind($socket, pack('S a*', 1, $name)) && listen($socket, 16) or undef $socket;
  umask $before;
  chdir '/';
  unblock($socket) if $socket;
  return $socket;
}

sub inner_terminal {
  my ($process, @size) = @_;
  part('pty');
  ($source, my $inner) = new_terminal($process, @size);
  $sink = $source;
  return ($inner);
}

sub new_pipes {
  pipe(my $own_input, $sink) && pipe($source, my $own_output) or fail("pipe: $!");
  unblock($_) for $source, $sink;
  return ($own_input, $own_output);
}

sub unblock { my ($file) = @_; fcntl($file, 4, fcntl($file, 3, 0) | 0x800) or fail("O_NONBLOCK: $!") }

# ---- relay ----------------------------------------------------------------------------------------------------------------------------------

# Until the process has ended and nobody has its streams any more. It waits for the log as long as that takes, and never for who is attached, but for
# one that is alone.
sub relay {
  my ($life, $listener, $caller) = @_;
  $SIG{PIPE} = 'IGNORE';
  greet($caller, alone => 1, sized => 1) if $caller;
  my ($until, $code) = (undef, '');
  while (1) {
    if (!$life) {
      drop($_) for grep { (time > $until && !$client{$_}{alone}) || $client{$_}{out} eq '' } keys %client;
      last unless $source || %client;
    }
    my ($read, $write) = ('', '');
    my $isFull = grep { $_->{alone} && length $_->{out} > $most_waiting } values %client;
    for my $file ($isFull ? () : $source, $life, $listener) { vec($read, fileno $file, 1) = 1 if $file }
    vec($write, fileno $sink, 1) = 1 if $sink && $input ne '';
    for my $one (keys %client) {
      vec($read, $one, 1) = 1 if length $input < $most_input;
      vec($write, $one, 1) = 1 if $client{$one}{out} ne '';
    }
    next if select($read, $write, undef, $life || !%client ? undef : 1) < 0;
    pass_output() if $source && vec($read, fileno $source, 1);
    pass_input() if $sink && $input ne '' && vec($write, fileno $sink, 1);
    for my $one (keys %client) {
      send_to($one) if vec($write, $one, 1);
      receive($one) if $client{$one} && vec($read, $one, 1);
    }
    admit($listener) if $listener && vec($read, fileno $listener, 1);
    if ($life && vec($read, fileno $life, 1) && !sysread $life, $code, 16, length $code) {
      # All that it has written is there by now. What it has started may go on writing to the log.
      for (1 .. 64) { last unless $source && pass_output() }
      tell_client($_, 'e', $code =~ /^(\d+)$/ ? $1 : '') for keys %client;
      undef $_ for $life, $listener, $sink;
      $until = time + $last_seconds;
    }
  }
}

# Whether there was some.
sub pass_output {
  my $read = sysread $source, my $bytes, 65536;
  return 0 if !defined $read && ($! == $EINTR || $! == $EAGAIN);
  if (!$read) {                                        # EIO: nobody has the terminal any more
    undef $source;
    return 0;
  }
  for (my $done = 0; $done < $read;) {
    my $written = syswrite STDOUT, $bytes, $read - $done, $done;
    if (!defined $written) {
      next if $! == $EINTR;
      exit 0;                                          # what keeps the log is gone: the process sees that as without a relay
    }
    $done += $written;
  }
  tell_client($_, 'o', $bytes) for keys %client;
  return 1;
}

sub pass_input {
  my $written = syswrite $sink, $input;
  if (defined $written) { substr $input, 0, $written, '' }
  elsif ($! != $EINTR && $! != $EAGAIN) { undef $sink; $input = '' }
}

sub admit {
  my ($listener) = @_;
  accept(my $socket, $listener) or return;
  greet($socket);
}

# alone: nobody else is ever attached. sized: the terminal has its size already.
sub greet {
  my ($socket, %more) = @_;
  unblock($socket);
  $client{fileno $socket} = {socket => $socket, in => '', out => '', left => 0, sized => 0, alone => 0, leaves => 0, %more};
  tell_client(fileno $socket, 'h', join ' ', ($isTerminal ? 'tty' : ()), ($isOpen ? 'stdin' : ()));
}

# A terminal of whose window nobody looks any more is hung up.
sub drop {
  my ($one) = @_;
  my $client = delete $client{$one};
  if ($client->{alone} && !$client->{leaves}) { undef $source; undef $sink }
}

# What would have to be kept for one who takes it too slowly is left out for that one.
sub tell_client {
  my ($one, $type, $bytes) = @_;
  my $client = $client{$one};
  if ($type eq 'o' && !$client->{alone} && ($client->{left} > 0 && $client->{out} ne '' || length($client->{out}) + length $bytes > $most_waiting)) {
    $client->{left} += length $bytes;
    return;
  }
  if ($client->{left} > 0) {
    $client->{out} .= pack('A N Q>', 's', 8, $client->{left});
    $client->{left} = 0;
  }
  $client->{out} .= pack('A N a*', $type, length $bytes, $bytes);
  send_to($one);
}

sub send_to {
  my ($one) = @_;
  return unless $client{$one};
  my $written = syswrite $client{$one}{socket}, $client{$one}{out};
  if (defined $written) { substr $client{$one}{out}, 0, $written, '' }
  elsif ($! != $EINTR && $! != $EAGAIN) { drop($one) }
}

sub receive {
  my ($one) = @_;
  my $client = $client{$one};
  my $read = sysread $client->{socket}, $client->{in}, 65536, length $client->{in};
  return if !defined $read && ($! == $EINTR || $! == $EAGAIN);
  return drop($one) unless $read;
  while (length $client->{in} >= 5) {
    my ($type, $length) = unpack 'A N', $client->{in};
    return drop($one) if $length > $most_frame;
    last if length $client->{in} < 5 + $length;
    my $bytes = substr $client->{in}, 5, $length;
    substr $client->{in}, 0, 5 + $length, '';
    if ($type eq 'i') { $input .= $bytes if $isOpen && $sink }
    elsif ($type eq 'd') { $client->{leaves} = 1 }
    elsif ($type eq 'w' && $length == 4 && $isTerminal && $source) { resize($client, unpack 'n2', $bytes) }
  }
}

# Who comes to a terminal that has that size already is to see something: what draws on it is told of another one first.
sub resize {
  my ($client, $rows, $columns) = @_;
  set_size($source, $rows + 1, $columns) if !$client->{sized} && "$rows $columns" eq join ' ', size_of($source);
  set_size($source, $rows, $columns);
  $client->{sized} = 1;
}

1;
