# Streams of the caller's that must not come inside as they are: a terminal could be read from and written to long after the command has ended, and a file that is to
# be appended to be cut. Pipes stand for them, as `relay` of src/host/standard-streams.ts has them. See shim-recall.pl, which loads this.
use strict;
our ($EINTR, $EAGAIN);
my $EIO = 5;

my @handle = (\*STDIN, \*STDOUT, \*STDERR);
my @name = ('standard input', 'standard output', 'standard error');
my $background = 0.2;                                  # s between two looks whether a job has come to the foreground
my $last_words = 0.1;                                  # s to read what a command wrote before it ended; what it left running may keep its pipes open for ever

# Pipes for those of the three streams, by their numbers; what comes from ours is carried in by a child of this process. To be called with signals held.
sub relayed_streams {
  my %relay = (inside => [], open => []);
  for my $number (@_) {
    pipe(my $reads, my $writes) or fail("pipe: $!");
    if ($number == 0) {
      ($relay{inside}[0], $relay{carrier}) = ($reads, carried_by_child(\*STDIN, $writes, $reads));
      close $writes;
    } elsif ($number == 2 && $relay{inside}[1] && is_one_place(\*STDOUT, \*STDERR)) {
      $relay{inside}[2] = $relay{inside}[1];           # one pipe keeps their order
    } else {
      $relay{inside}[$number] = $writes;
      push @{$relay{open}}, { from => $reads, to => $handle[$number], name => $name[$number] };
    }
  }
  return \%relay;
}

sub is_one_place { my ($one, $other) = map { join ' ', (stat $_)[0, 1] } @_; return $one eq $other }

# Ends with its source, or with who reads; it is ended when the command has. A terminal gives nothing to a job in the background, and would stop it for having asked:
# what is typed there is for another one, and this one is asked for again once in a while.
sub carried_by_child {
  my ($from, $to, @others) = @_;
  my $parent = $$;
  my $child = fork // fail("fork: $!");
  return $child if $child;
  prctl('end with its parent', 1, 9);                  # it would go on taking what is typed
  exit 0 if getppid != $parent;
  close $_ for @others;
  $SIG{TTIN} = 'IGNORE';
  while (1) {
    my $count = sysread $from, my $text, 65536;
    next if !defined $count && ($! == $EINTR || $! == $EAGAIN && is_readable(fileno $from));
    if (!defined $count && $! == $EIO && -t $from) { select undef, undef, undef, $background; next }
    last unless $count && wrote($to, $text);
  }
  exit 0;
}

# In the child that becomes the command: its streams. Nothing else stays open: perl would complain of what settle() closes without its knowing.
sub take_relayed {
  my ($relay) = @_;
  my @inside = @{$relay->{inside}};
  for my $number (grep { defined $inside[$_] } 0 .. 2) {
    open($handle[$number], $number == 0 ? '<&' : '>&', $inside[$number]) or fail("$name[$number]: $!");
  }
  close $_ for map({ $_->{from} } @{$relay->{open}}), grep { defined } @inside;
}

# In the parent, which is no reader and no writer of theirs.
sub begin_relay { my ($relay) = @_; close $_ for grep { defined } @{$relay->{inside}}; $relay->{inside} = [] }

# The descriptors that something may come from.
sub relay_sources { my ($relay) = @_; return map { fileno $_->{from} } @{$relay->{open}} }

# Carries out what there is, of each at most one piece.
sub carry_out {
  my ($relay) = @_;
  my @open;
  for my $one (@{$relay->{open}}) {
    my $ready = '';
    vec($ready, fileno $one->{from}, 1) = 1;
    if (select($ready, undef, undef, 0) <= 0) { push @open, $one; next }
    my $count = sysread $one->{from}, my $text, 65536;
    if ($count && wrote($one->{to}, $text)) { push @open, $one; next }
    print STDERR "cloister: $one->{name}: $!\n" if $count;
    $relay->{failed} = 1 if $count;
    close $one->{from};
  }
  $relay->{open} = \@open;
}

# Once the command has ended. Whether everything that was read has been written.
sub end_relay {
  my ($relay) = @_;
  while (@{$relay->{open}}) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for relay_sources($relay);
    my ($found, $left) = select $ready, undef, undef, $last_words;
    last if $found <= 0;
    $last_words = $left;
    carry_out($relay);
  }
  if ($relay->{carrier}) { kill 9, $relay->{carrier}; waitpid $relay->{carrier}, 0 }
  return !$relay->{failed};
}

1;
