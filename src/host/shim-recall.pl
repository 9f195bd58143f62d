# The shim's `recall`: see shim.pl, which loads it; it loads shim-enter.pl.
use strict;
our ($arch, %number, $AT_FDCWD, $O_CLOEXEC, $EINTR);

# ---- recall ---------------------------------------------------------------------------------------------------------------------------------

# `recall LOADER WORD...`, the words of a command line: an `exec` that was run before is entered without Node, as src/host/entries.ts noted it. Nothing is
# believed of the note but what it takes from a manifest that has not changed since, for a keeper that is still the same process; whatever is not exactly so,
# and every word that is not known here, goes to Node, which knows all of them.
sub recall {
  my ($loader, @line) = @_;
  syscall($number{close_range}, 3, 0xffffffff, 0);     # whatever the caller left open
  my $asked = asked_for(@line);
  with_node($loader, @line) unless $asked && streams_may_pass();
  my $signals = held_signals();
  my $note = noted($loader, $asked);
  my ($node, @word) = $note ? (undef, @$note, @{$asked->{keys}}, '--', @{$asked->{command}}) : told_by_node($signals, $loader, @line);
  part('enter');
  my $command = enter_in_child(\&let_go, @word);
  kill $_, $command for @{$signals->{early}};
  my ($ended, @others) = map { call("process $_", 'pidfd_open', $_, 0) } $command, defined $node ? $node : ();
  until (is_readable($ended, $signals->{fd}, @others)) {
    kill $_, $command for taken($signals);
    # It had a note to write.
    @others = () if defined $node && waitpid($node, 1) == $node;
  }
  waitpid $node, 0 if @others;
  exit code_of($command);
}

sub code_of { my ($child) = @_; waitpid $child, 0; return $? & 127 ? 128 + ($? & 127) : $? >> 8 }

# ---- signals --------------------------------------------------------------------------------------------------------------------------------

# Those to us are for the command, and wait here until there is one. By a descriptor: perl runs a handler between two of its steps, and one that comes before the
# last of them, which waits, would wait with it. What we were started to ignore is ignored inside as well.
my %passed = (HUP => 1, INT => 2, QUIT => 3, USR1 => 10, USR2 => 12, TERM => 15);
my $mask_before = "\0" x 8;
sub held_signals {
  my $mask = 0;
  for my $name (keys %passed) { $mask |= 1 << ($passed{$name} - 1) if ($SIG{$name} // '') ne 'IGNORE' }
  my $set = pack 'Q', $mask;
  syscall($number{rt_sigprocmask}, 0, $set, $mask_before, 8) == 0 or fail("signals: $!");      # not by call(): the buffer must not be copied
  my $fd = call('signals', 'signalfd4', -1, $set, 8, $O_CLOEXEC | 0x800);      # SFD_NONBLOCK
  open(my $file, '<&=', $fd) or fail("signals: $!");
  return { fd => $fd, file => $file, early => [] };
}

# What a child of ours begins with.
sub let_go { syscall($number{rt_sigprocmask}, 2, $mask_before, 0, 8) }

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

# ---- Node -----------------------------------------------------------------------------------------------------------------------------------

# Node finds out what is to be run, as a child of ours: it needs no module for processes, it is gone while the command runs, and we are compiled. The words are what
# `enter` is told, as src/host/enter-process.ts says them. Where Node has nothing to run, we end as it does.
sub told_by_node {
  my ($signals, $loader, @line) = @_;
  local $^F = 15;                                      # the pipe stays open in Node, which marks all below 16 as not to be passed on
  pipe(my $told, my $tells) or fail("pipe: $!");
  my $node = fork // fail("fork: $!");
  if (!$node) {
    let_go();
    close $told;
    @ENV{qw(CLOISTER_ENTERING CLOISTER_INHERITED)} = (fileno $tells, '');
    with_node($loader, @line);
  }
  close $tells;
  part('enter');
  my $text = '';
  while (1) {
    if (!is_readable(fileno $told, $signals->{fd})) {
      # It may have said by then what is to be run: then the command gets the signal, too. Of USR1 Node would listen for a debugger.
      my @number = taken($signals);
      push @{$signals->{early}}, @number;
      kill $_, $node for grep { $_ != $passed{USR1} } @number;
      next;
    }
    my $count = sysread $told, $text, 65536, length $text;
    last if defined $count ? $count == 0 : $! != $EINTR;
  }
  my @word = split /\0/, $text, -1;
  exit code_of($node) unless @word && pop(@word) eq 'end';
  return ($node, @word);
}

sub with_node {
  my ($loader, @line) = @_;
  my $locale = delete $ENV{CLOISTER_LC_ALL} // '';
  if ($locale eq '') { delete $ENV{LC_ALL} } else { $ENV{LC_ALL} = $locale }
  exec 'node', '--v8-pool-size=1', '--preserve-symlinks-main', '--', $loader, @line or fail("node: $!");
}

my %global = ('--data-dir' => 'data', '--state-dir' => 'state', '--project' => 'project', '-p' => 'project', '--file' => 'file', '-f' => 'file');
my %own = ('--user' => 'user', '-u' => 'user', '--working-dir' => 'cwd', '-w' => 'cwd', '--env' => 'set', '-e' => 'set');

# What is asked for, where all of it is known: which note, what stands over it, and the command.
sub asked_for {
  my @line = @_;
  my (%one, @file, @keys);
  my $verb = 0;
  while (defined(my $word = shift @line)) {
    if (my $name = $global{$word}) {
      my $value = shift @line // return undef;
      if ($name eq 'file') { push @file, $value } else { $one{$name} = $value }
    } elsif ($verb && (my $key = $own{$word})) {
      my $value = shift @line // return undef;
      return undef if $key eq 'set' && $value !~ /^[A-Za-z_][A-Za-z0-9_]*=/;
      push @keys, "$key=$value";
    } elsif ($word eq 'exec' && !$verb) {
      $verb = 1;
    } elsif ($verb && $word =~ /^[a-z][a-z0-9-]{0,62}$/) {
      shift @line if @line && $line[0] eq '--';
      return undef unless @line;
      my @named = (readlink('/proc/self/cwd') // '', map({ $one{$_} // '' } qw(data state project)), @file, $word);
      return { named => \@named, state => $one{state}, keys => \@keys, command => \@line };
    } elsif (!$verb || $word !~ /^(?:-T|--no-tty|-i|--interactive)$/) { return undef }
  }
  return undef;
}

# As streamsInside of src/host/standard-streams.ts: only what Node would hand in as it is.
sub streams_may_pass {
  for my $stream (\*STDIN, \*STDOUT, \*STDERR) {
    my @stat = stat $stream or return 0;
    my $type = $stat[2] & 0170000;
    return 0 unless $type == 0010000 || $type == 0140000 || ($type == 0020000 && $stat[6] == 0x103);
  }
  return 1;
}

# The keys of the note that fits, for a keeper that still is, or undef.
sub noted {
  my ($loader, $asked) = @_;
  my $run = defined $asked->{state} ? "$asked->{state}/run" : '/run/cloister';
  my $file = "$run/.entries/" . sprintf('%08x', fnv(join "\0", @{$asked->{named}}));
  return undef unless only_ours($file);
  open(my $note, '<', $file) or return undef;
  my @word = split /\0/, do { local $/; <$note> // '' }, -1;
  return undef unless @word && pop(@word) eq 'end' && shift(@word) eq 'cloister/entry/v1';
  return undef unless shift(@word) eq (state_of($loader) // '');
  my @named = splice @word, 0, shift @word;
  return undef unless join("\0", @named) eq join("\0", @{$asked->{named}});
  for (1 .. shift @word) {
    my ($path, $state) = splice @word, 0, 2;
    return undef unless $state eq (state_of($path) // '');
  }
  my ($pid, $start) = map { my $key = $_; map { /^$key=(\d+)$/ ? $1 : () } @word } qw(pid start);
  return defined $start && eval { process($pid, $start); 1 } ? \@word : undef;
}

# Every directory on the way, and the file: root's, to be written by nobody else (a sticky directory above is right), and no symbolic link.
sub only_ours {
  my ($file) = @_;
  return 0 unless $file =~ m{^/} && $file !~ m{//|/\.\.?(/|$)};
  my @part = split m{/}, substr $file, 1;
  for my $last (0 .. $#part) {
    my @stat = lstat '/' . join '/', @part[0 .. $last] or return 0;
    return 0 if $stat[4] != 0 || ($stat[2] & 0170000) == 0120000;
    return 0 if $stat[2] & 022 && !($stat[2] & 01000 && $last < $#part - 1);
  }
  return 1;
}

# Whose bytes a file has: device, inode, size, and both times in nanoseconds (struct statx).
sub state_of {
  my ($path) = @_;
  my $buffer = "\0" x 256;
  return undef if syscall($number{statx}, $AT_FDCWD, $path, 0, 0x7ff, $buffer) != 0;
  my ($inode, $size) = unpack 'x32 Q Q', $buffer;
  my ($ctime, $ctime_ns, $mtime, $mtime_ns) = unpack 'x96 q L x4 q L', $buffer;
  my ($major, $minor) = unpack 'x136 L L', $buffer;
  return sprintf '%d:%d %d %d %d.%09d %d.%09d', $major, $minor, $inode, $size, $mtime, $mtime_ns, $ctime, $ctime_ns;
}

sub fnv { my ($text) = @_; my $hash = 0x811c9dc5; $hash = (($hash ^ $_) * 0x01000193) & 0xffffffff for unpack 'C*', $text; return $hash }

1;
