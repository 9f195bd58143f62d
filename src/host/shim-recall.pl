# The shim's `recall`: see shim.pl, which loads it; it loads shim-enter.pl.
use strict;
our ($arch, %number, $AT_FDCWD, $EINTR);

# ---- recall ---------------------------------------------------------------------------------------------------------------------------------

my ($finding, $command, @early);                       # who finds out what is to be run, the command, and the signals that came before there was one

# `recall LOADER WORD...`, the words of a command line: an `exec` that was run before is entered without Node, as src/host/entries.ts noted it. Nothing is
# believed of the note but what it takes from a manifest that has not changed since, for a keeper that is still the same process; whatever is not exactly so,
# and every word that is not known here, goes to Node, which knows all of them.
sub recall {
  my ($loader, @line) = @_;
  syscall($number{close_range}, 3, 0xffffffff, 0);     # whatever the caller left open
  my $asked = asked_for(@line);
  with_node($loader, @line) unless $asked && streams_may_pass();
  pass_signals();
  my $note = noted($loader, $asked);
  my ($node, @word) = $note ? (undef, @$note, @{$asked->{keys}}, '--', @{$asked->{command}}) : told_by_node($loader, @line);
  part('enter');
  $command = enter_in_child(\&keep_signals, @word);
  kill $_, $command for splice @early;
  await_child($node) if defined $node;                 # it has a note to write
  exit as_exit_code(await_child($command));
}

# Signals to us are for the command: those that come while there is none yet, too. What we were started to ignore is ignored inside as well.
my @passed = grep { ($SIG{$_} // '') ne 'IGNORE' } qw(INT TERM HUP QUIT USR1 USR2);
sub pass_signals {
  for my $signal (@passed) {
    $SIG{$signal} = sub {
      return kill $signal, $command if defined $command;
      push @early, $signal;
      find_no_more($signal);
    };
  }
}

# It may have said by then what is to be run: then the command gets the signal, too. Of USR1 Node would listen for a debugger.
sub find_no_more { for my $signal (@_) { kill $signal, $finding if defined $finding && $signal ne 'USR1' } }

# A child of ours has our handlers until here: what they took down was meant to end it.
sub keep_signals {
  $SIG{$_} = 'DEFAULT' for @passed;
  kill $_, $$ for @early;
}

sub await_child { my ($child) = @_; 1 while waitpid($child, 0) != $child; return $? }

sub as_exit_code { my ($status) = @_; return $status & 127 ? 128 + ($status & 127) : $status >> 8 }

# Node finds out what is to be run, as a child of ours: it needs no module for processes, it is gone while the command runs, and we are compiled. The words are what
# `enter` is told, as src/host/enter-process.ts says them. Where Node has nothing to run, we end as it does.
sub told_by_node {
  my ($loader, @line) = @_;
  local $^F = 15;                                      # the pipe stays open in Node, which marks all below 16 as not to be passed on
  pipe(my $told, my $tells) or with_node($loader, @line);
  my $node = fork // fail("fork: $!");
  if (!$node) {
    keep_signals();
    close $told;
    @ENV{qw(CLOISTER_ENTERING CLOISTER_INHERITED)} = (fileno $tells, '');
    with_node($loader, @line);
  }
  $finding = $node;
  find_no_more(@early);
  close $tells;
  part('enter');
  my $text = '';
  while (1) {
    my $count = sysread $told, $text, 65536, length $text;
    last if defined $count ? $count == 0 : $! != $EINTR;
  }
  close $told;
  my @word = split /\0/, $text, -1;
  exit as_exit_code(await_child($node)) unless @word && pop(@word) eq 'end';
  undef $finding;                                      # for a child of ours its number is another process
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
