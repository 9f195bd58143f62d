# The shim's `serve`: see shim.pl, which loads it.
use strict;
our (%number, $AT_FDCWD, $O_CLOEXEC);
our %ended;                                             # by pid of a child that is awaited later: its status, where it has ended since

# For a command line that looks and makes several times: no process is started for each, and this one is compiled while the manifest is read. A request is
# the number of its words and these, each ended by NUL; the answer is what it prints and a line `. CODE`. It ends with its standard input.
#
#   observe ...                        as on the command line; no namespace is left joined
#   assemble ...                       likewise, by a child
#   run INPUT COMMAND...               a command of the host, to its end, with that as its standard input; prints what it printed, a space before each line
#   network PID START LINE...          interfaces, addresses, routes and forwarding: src/host/shim-network.pl; code 1 and why, where a line fails
#   ahead INPUT COMMAND...             begins it while a keeper starts; the next such `run` waits for its end      (no answer)
#   lock PID FD MS                     flock(2) of the open file that is descriptor FD of process PID, whose lock it then is; code 1: another has it after MS milliseconds
#   hold LOG N KEY=VALUE... COMMAND... starts a keeper behind its gate, and prints its pid; code 1 where there is none. What it said on the way is in the file LOG
#   release PID                        lets that keeper through its gate      (no answer; as the next three)
#   commit PID                         lets it outlive us
#   abandon PID                        ends it, as our own end does
#   warm FILE                          see keep_warm below; by a child, which lasts until the next request but `lock`
my $asked = '';
my $warming;                                            # what that child waits for the end of
my %begun;                                              # what was begun ahead, by its words
my %held;                                               # by pid of a keeper: what it waits for, as long as it can be ended by us
sub serve {
  syscall($number{setsid});                            # Ctrl-C is for the command line, which lets a step finish
  part($_) for @_;
  $| = 1;
  prctl('not ptraceable', 4, 0);
  my $makes = grep { $_ eq 'attach' } @_;
  part('netlink') if $makes;
  my @home = map { call("own $_", 'openat', $AT_FDCWD, my $path = "/proc/self/ns/$_", $O_CLOEXEC, 0) } qw(uts ipc net);
  while (defined(my $count = asked_word())) {
    my ($name, @word) = map { asked_word() // exit 0 } 1 .. $count;
    undef $warming unless $name eq 'lock';
    while ((my $child = waitpid -1, 1) > 0) { $ended{$child} = $? if exists $ended{$child} }
    if    ($name eq 'warm')    { $warming = warming(@word); next }
    elsif ($name eq 'release') { say_to($word[0], gate => 'go'); next }
    elsif ($name eq 'commit')  { say_to($word[0], commit => 'commit'); delete $held{$word[0]}; next }
    elsif ($name eq 'abandon') { delete $held{$word[0]}; next }
    elsif ($name eq 'ahead')   { $begun{join "\0", @word} = undef; next }
    my $code = 0;
    if ($name eq 'observe') {
      output_of($_) for grep { defined } values %begun;
      observe(@word);
      call('own namespaces', 'setns', $_, 0) for @home;
    }
    elsif ($name eq 'assemble') { part('attach'); $code = in_child(sub { assemble(@word) }) // next }
    elsif ($name eq 'run')      { $code = run_command(@word) }
    elsif ($name eq 'network')  { $code = answered(sub { part('netlink'); part('network'); change_network($home[2], @word) }) }
    elsif ($name eq 'lock')     { $code = lock_of(@word) }
    elsif ($name eq 'hold')     { $code = hold(@word) }
    else { fail("unknown request $name") }
    print ". $code\n";
    # While nobody waits for us: who looks at networks before something is made, is about to make one, with a file of names.
    if ($name eq 'observe' && $makes && grep { /^net\// } @word) { part($_) for qw(network files) }
    elsif ($name eq 'network' && $code == 0 && grep { $_ eq 'forward' } @word) { foresee_rules() }
  }
}

# Why it failed is printed as what a command prints.
sub answered {
  my ($body) = @_;
  return 0 if eval { $body->(); 1 };
  print " $@";
  return 1;
}

sub asked_word {
  until ($asked =~ /\0/) { sysread(STDIN, $asked, 65536, length $asked) or return undef }
  $asked =~ s/^([^\0]*)\0//;
  return $1;
}

# Whether there is something on our standard input, or its end, within so many seconds.
sub is_asked {
  my ($seconds) = @_;
  my $ready = '';
  vec($ready, 0, 1) = 1;
  return select $ready, undef, undef, $seconds;
}

# While we wait for others: keeps what is asked meanwhile for later; ends with our standard input.
sub hear_more {
  my ($seconds) = @_;
  if (is_asked($seconds)) { sysread(STDIN, $asked, 65536, length $asked) or exit 0 }
}

# Returns its exit code; undef where it has answered by itself: that the kernel takes its mount namespace apart is not waited for.
sub in_child {
  my ($body) = @_;
  my $child = fork // fail("fork: $!");
  if (!$child) {
    open(STDIN, '<', '/dev/null') && open(STDERR, '>&', \*STDOUT) or fail("streams: $!");
    $body->();
    print ". 0\n";
    exit 0;
  }
  waitpid $child, 0;
  return undef if $? == 0;
  return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

sub run_command {
  my ($code, $printed) = output_of(delete $begun{join "\0", @_} // begin_command(@_));
  print map { " $_" . (/\n\z/ ? '' : "\n") } split /^/, $printed;
  return $code;
}

sub begin_command {
  my ($input, @command) = @_;
  my $file = call('standard input', 'memfd_create', my $called = 'input', 1);            # MFD_CLOEXEC
  open(my $reads, '+<&=', $file) && pipe(my $printed, my $prints) or fail("streams: $!");
  syswrite($reads, $input) // fail("standard input: $!");
  sysseek $reads, 0, 0;
  my $child = fork // fail("fork: $!");
  if (!$child) {
    open(STDIN, '<&', $reads) && open(STDOUT, '>&', $prints) && open(STDERR, '>&', $prints) && chdir '/' or exit 126;
    exec { $command[0] } @command or exit 127;
  }
  $ended{$child} = undef;
  return { pid => $child, printed => $printed };
}

# Its exit code, and what it printed.
sub output_of {
  my ($command) = @_;
  my ($pid, $printed) = delete @$command{qw(pid printed)};
  if ($pid) {
    my $text = do { local $/; <$printed> } // '';
    my $status = status_of_child($pid) // 127 << 8;
    $command->{output} = [$status & 127 ? 128 + ($status & 127) : $status >> 8, $text];
  }
  return @{$command->{output}};
}

# Awaits one of those in %ended.
sub status_of_child {
  my ($child) = @_;
  my $noted = delete $ended{$child};
  return waitpid($child, 0) > 0 ? $? : $noted;
}

# The first move of a process between control groups waits 7 ms for a grace period of RCU, and so does any that comes some 10 ms after the last one; forks, exits
# and new groups wait with it. We are about to move one, so until we are told more (by descriptor FD) we move this process to where it is, which changes nothing
# and takes that wait now.
sub keep_warm {
  my ($group, $fd) = @_;
  for (1 .. 100) {
    open(my $file, '>', $group) or return;
    syswrite $file, '0' or return;
    close $file;
    my $ready = '';
    vec($ready, $fd, 1) = 1;
    return if select $ready, undef, undef, 0.002;
  }
}

# By a child, until the pipe that is returned is closed.
sub warming {
  my ($group) = @_;
  pipe(my $ends, my $warming) or return undef;
  my $child = fork // return undef;
  return $warming if $child;
  close $warming;
  keep_warm($group, fileno $ends);
  exit 0;
}

# A lock of flock(2) is the open file's, not the process's: ours goes at once, and theirs stays.
sub lock_of {
  my ($pid, $fd, $ms) = @_;
  my $process = syscall($number{pidfd_open}, $pid + 0, 0);
  return 2 if $process < 0;
  my $copy = syscall($number{pidfd_getfd}, $process, $fd + 0, 0);
  close_descriptors($process);
  return 2 if $copy < 0 || !open(my $file, '+<&=', $copy);
  for (my $step = 5; ; $ms -= $step) {
    return 0 if flock $file, 2 | 4;
    return 1 if $ms <= 0 || is_asked($step / 1000);     # nothing is asked meanwhile: whoever waits for it has ended
  }
}

# ---- keepers --------------------------------------------------------------------------------------------------------------------------------

# The outer shell's standard input is the commit pipe: when we end before `commit` was written (we do so when the command line does), the pipe ends, and the
# shell kills the keeper. Descriptor 3 is the gate, 4 tells the keeper's pid as the host counts.
sub hold {
  my ($log, $count, @rest) = @_;
  my @variables = splice @rest, 0, $count;
  pipe(my $awaits, my $commit) && pipe(my $closed, my $gate) && pipe(my $told, my $tells) or fail("pipe: $!");
  my $shell = fork // fail("fork: $!");
  if (!$shell) {
    syscall($number{setsid});
    open(STDIN, '<&', $awaits) && open(STDOUT, '>', '/dev/null') && open(STDERR, '>', $log) or exit 126;
    # Above what they become, so that none takes another's place.
    my @from = map { fcntl($_, 1030, 10) // exit 126 } $closed, $tells;      # F_DUPFD_CLOEXEC
    syscall($number{dup3}, $from[$_] + 0, 3 + $_, 0) < 0 && exit 126 for 0 .. 1;
    %ENV = map { /^([^=]*)=(.*)$/s } @variables;
    exec { $rest[0] } @rest or exit 127;
  }
  close $_ for $awaits, $closed, $tells;
  $begun{$_} //= begin_command(split /\0/, $_, -1) for keys %begun;
  my $line = <$told> // '';
  if ($line !~ /^(\d+)\n$/) {
    # It waits for our word as long as there may be one.
    close $_ for $commit, $gate;
    waitpid $shell, 0;
    return 1;
  }
  $held{$1} = { commit => $commit, gate => $gate };
  say_to($1, commit => $1, 1);
  print $line;
  return 0;
}

# Says a word to who waits for it, and for nothing after that, unless there is more to come. It may have ended: that is found out by looking at the process.
sub say_to {
  my ($pid, $pipe, $word, $more) = @_;
  my $file = $held{$pid}{$pipe} or return;
  local $SIG{PIPE} = 'IGNORE';
  syswrite $file, "$word\n";
  close delete $held{$pid}{$pipe} unless $more;
}

1;
