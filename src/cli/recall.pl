# recall.pl LOADER WORD...: an `exec` or a `shell` of what was entered before is entered without Node, as src/host/entries.ts noted it. Nothing is believed of the note but what it takes
# from files that have not changed since, for a keeper that is still the same process; whatever is not exactly so, and every word that is not known here, goes to
# Node, which knows all of them. Node is started before the rest is compiled (src/host/shim-recall.pl, which does what is left), and beside it.
# No `use strict` here: that is one more file to read at every start.

# Flags that stand before the verb, and those of `exec`: what the note, or `enter`, has them as.
my %global = ('--data-dir' => 'data', '--state-dir' => 'state', '--project' => 'project', '-p' => 'project', '--file' => 'file', '-f' => 'file');
my %own = ('--user' => 'user', '-u' => 'user', '--working-dir' => 'cwd', '-w' => 'cwd', '--env' => 'set', '-e' => 'set');
my %streams = ('-T' => 'T', '--no-tty' => 'T', '-t' => 't', '--tty' => 't', '-i' => 'i', '--interactive' => 'i', '-it' => 'it', '-ti' => 'it');
# What `shell` runs: as src/cli/execute-inside.ts has it.
my $shell = 'if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi';

my ($loader, @line) = @ARGV;
my $asked = asked_for(@line);
my $relayed = $asked && ($asked->{terminal} ? [] : relayed_of());
with_node($loader, @line) unless $relayed;
my $note = noted($loader, $asked);
with_node($loader, @line) unless $note || $asked->{is_told};
syscall(436, 3, 0xffffffff, 0);                        # close_range(2): whatever the caller left open
my $told = $note ? undef : told_by_node($loader, @line);
@ARGV = 'self';
my ($here) = $0 =~ m{^(.*)/};
require(($here =~ m{^/} ? $here : "./$here") . '/shim.pl');
part('recall');
if ($note && !is_kept($note)) {
  with_node($loader, @line) unless $asked->{is_told};
  $told = told_by_node($loader, @line);
}
exit($told ? enter_told($told, @$relayed) : enter_noted($note, $asked, @$relayed));

# ---- Node -----------------------------------------------------------------------------------------------------------------------------------

# Node finds out what is to be run, as a child of ours: it needs no module for processes, it is gone while the command runs, and we are compiled. Its pid, and
# where it tells what `enter` is told, as src/host/enter-process.ts says.
sub told_by_node {
  my ($loader, @line) = @_;
  local $^F = 15;                                      # the pipe stays open in Node, which marks all below 16 as not to be passed on
  pipe(my $told, my $tells) or cannot('pipe');
  my $node = fork // cannot('fork');
  if (!$node) {
    close $told;
    @ENV{qw(CLOISTER_ENTERING CLOISTER_INHERITED)} = (fileno $tells, '');
    with_node($loader, @line);
  }
  close $tells;
  return { pid => $node, words => $told };
}

sub with_node {
  my ($loader, @line) = @_;
  my $locale = delete $ENV{CLOISTER_LC_ALL} // '';
  if ($locale eq '') { delete $ENV{LC_ALL} } else { $ENV{LC_ALL} = $locale }
  exec 'node', '--v8-pool-size=1', '--preserve-symlinks-main', '--', $loader, @line or cannot('node');
}

sub cannot { my ($what) = @_; print STDERR "cloister: $what: $!\n"; exit 125 }

# ---- what is asked for ----------------------------------------------------------------------------------------------------------------------

# What is asked for, where all of it is known: which note, what stands over it, the command, and whether it has a terminal.
sub asked_for {
  my @line = @_;
  my (%one, @file, @keys, %stream);
  my ($verb, $detach) = ('', $ENV{CLOISTER_DETACH_KEYS} // '');
  while (defined(my $word = shift @line)) {
    if (my $name = $global{$word}) {
      my $value = shift @line // return undef;
      if ($name eq 'file') { push @file, $value } else { $one{$name} = $value }
    } elsif ($verb && (my $key = $own{$word})) {
      my $value = shift @line // return undef;
      return undef if $key eq 'set' && $value !~ /^[A-Za-z_][A-Za-z0-9_]*=/;
      push @keys, "$key=$value";
    } elsif ($verb && $word eq '--detach-keys') {
      $detach = shift @line // return undef;
      return undef if $detach eq '';
    } elsif ($word =~ /^(?:exec|shell)$/ && !$verb) {
      $verb = $word;
    } elsif ($verb && $word =~ /^[a-z][a-z0-9-]{0,62}$/) {
      my $on = streams_of($detach, %stream) or return undef;
      my @command = command_of($verb, @line) or return undef;
      my @named = (readlink('/proc/self/cwd') // '', map({ $one{$_} // '' } qw(data state project)), @file, $word);
      return { %$on, named => \@named, state => $one{state}, keys => \@keys, name => $word, command => \@command,
               is_told => $verb eq 'exec' && !$on->{terminal} && !grep { m{^/(?:dev|proc)/} } @file };
    } elsif ($verb eq 'exec' && (my $flag = $streams{$word})) { $stream{$_} = 1 for split //, $flag }
    else { return undef }
  }
  return undef;
}

# Nothing where it is not one that is known here.
sub command_of {
  my ($verb, @rest) = @_;
  return @rest ? () : ('/bin/sh', '-c', $shell) if $verb eq 'shell';
  shift @rest if @rest && $rest[0] eq '--';
  return @rest;
}

# Whether there is to be a terminal, and what is typed there to leave the command running; undef where that is an error, or none of ours to tell.
sub streams_of {
  my ($keys, %stream) = @_;
  my $is_there = -t STDIN && -t STDOUT;
  return undef if $stream{t} && (!$is_there || $stream{T});
  my $detach = join '', map { /^ctrl-([a-z\@\[\\\]^_])\z/ ? chr(ord(uc $1) & 0x1f) : /^[!-~]\z/ ? $_ : return undef } split /,/, $keys, -1;
  return { terminal => $is_there && !$stream{T}, detach => $keys eq '' ? undef : $detach };
}

# Which of the three streams must not come inside as they are: as streamsInside of src/host/standard-streams.ts. undef where one is not there, or a directory, of
# which Node tells.
sub relayed_of {
  my @relayed;
  for my $number (0 .. 2) {
    my @stat = stat((*STDIN, *STDOUT, *STDERR)[$number]) or return undef;
    my $type = $stat[2] & 0170000;
    return undef if $type == 0040000;
    push @relayed, $number unless $type == 0010000 || $type == 0140000 || ($type == 0020000 && $stat[6] == 0x103);
  }
  return \@relayed;
}

# ---- the note -------------------------------------------------------------------------------------------------------------------------------

# The keys of the note whose files are as they were, or undef.
sub noted {
  my ($loader, $asked) = @_;
  my $run = defined $asked->{state} ? "$asked->{state}/run" : '/run/cloister';
  my $file = "$run/.entries/" . sprintf('%08x', fnv(join "\0", @{$asked->{named}}));
  return undef unless only_ours($file);
  open(my $note, '<', $file) or return undef;
  my @word = split /\0/, do { local $/; <$note> // '' }, -1;
  return undef unless @word && pop(@word) eq 'end' && shift(@word) eq 'cloister/entry/v2';
  return undef unless shift(@word) eq (state_of($loader) // '');
  my @named = splice @word, 0, shift @word;
  return undef unless join("\0", @named) eq join("\0", @{$asked->{named}});
  for (1 .. shift @word) {
    my ($path, $state) = splice @word, 0, 2;
    return undef unless $state eq (state_of($path) // '');
  }
  return \@word;
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

# Whose bytes a file has: device, inode, size, and both times in whole seconds. What was noted had been left alone for more than a second, so that whatever has
# happened to it since has another time.
sub state_of { my ($path) = @_; my @stat = stat $path or return undef; return join ' ', @stat[0, 1, 7, 9, 10] }

sub fnv { my ($text) = @_; my $hash = 0x811c9dc5; $hash = (($hash ^ $_) * 0x01000193) & 0xffffffff for unpack 'C*', $text; return $hash }
