# Loaded by `shim.pl ARCH probe`: races the shim's own functions, and the naive calls in their place, against someone who swaps a directory of the root
# for a link that leads out of it.
#
#   probe WHAT ATTEMPTS PLACE PID START      WHAT: (ours|naive)-(assembly|live|mkdir), or `swap`: only that, until it is ended
#
# PLACE/root is the root, which holds race/target (a directory) and race/link (a link to PLACE/outside); PLACE/source holds `marker`. PID is a keeper whose
# root is PLACE/root (for `live`). Prints one line: placed N refused N outside N swapped N.
use strict;
our (%number, $arch, $AT_FDCWD, $O_PATH, $O_DIRECTORY, $O_CLOEXEC, $MNT_DETACH, $MS_PRIVATE);

my ($PLACED, $REFUSED, $OUTSIDE) = (0, 125, 4);      # exit codes of an attempt; 125 is the shim's own for what it refuses
my ($MS_BIND, $MS_REC, $CLONE_NEWNS, $RENAME_EXCHANGE) = (4096, 16384, 0x20000, 2);

sub probe {
  my ($what, $attempts, $place, $pid, $start) = @_;
  part('attach');
  @number{qw(mount renameat2 getcwd faccessat)} = $arch eq 'x64' ? (165, 316, 79, 269) : (40, 276, 17, 48);
  if ($what eq 'swap') { swap("$place/root/race") while 1 }
  open STDERR, '>', '/dev/null';                       # refusals are counted, not read
  my $outside = call('place', 'openat', $AT_FDCWD, $place, $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my ($swapper, $told) = swapper("$place/root/race");
  my %count = map { $_ => 0 } $PLACED, $REFUSED, $OUTSIDE;
  for my $number (1 .. $attempts) {
    my $child = fork // die "fork: $!";
    if (!$child) { exit attempt($what, $number, $place, $outside, $pid, $start) }
    waitpid $child, 0;
    die "attempt $number ended with $?\n" unless exists $count{$? >> 8} && !($? & 127);
    $count{$? >> 8}++;
  }
  kill 'TERM', $swapper;
  my $swapped = <$told>;
  waitpid $swapper, 0;
  printf "placed %d refused %d outside %d swapped %d\n", @count{$PLACED, $REFUSED, $OUTSIDE}, $swapped;
}

# Swaps as fast as it can until it is told to end; then says how often.
sub swapper {
  my ($directory) = @_;
  pipe(my $told, my $tell) or die "pipe: $!";
  my $child = fork // die "fork: $!";
  if ($child) { close $tell; return ($child, $told) }
  my ($ended, $swapped) = (0, 0);
  $SIG{TERM} = sub { $ended = 1 };
  until ($ended) { $swapped += swap($directory) }
  syswrite $tell, "$swapped\n";
  exit 0;
}

sub swap {
  my ($directory) = @_;
  my ($one, $other) = ("$directory/target", "$directory/link");
  return syscall($number{renameat2}, $AT_FDCWD, $one, $AT_FDCWD, $other, $RENAME_EXCHANGE) == 0 ? 1 : 0;
}

sub attempt {
  my ($what, $number, $place, $outside, $pid, $start) = @_;
  my ($how, $where) = split /-/, $what;
  my $source = clone("$place/source");
  if ($how eq 'ours' && $where eq 'live') { join_namespaces(process($pid, $start), qw(mnt user)); become_root() }
  else { private() }
  my $root = $how eq 'naive' ? undef : $where eq 'live' ? root_directory() : assembled("$place/root");
  return $how eq 'naive' ? naive_mkdir("$place/root", $place, $number) : our_mkdir($root, $outside, $number) if $where eq 'mkdir';
  if ($how eq 'naive') {
    my ($from, $to) = ("$place/source", ($where eq 'live' ? "/proc/$pid/root" : "$place/root") . '/race/target');
    my $made = syscall($number{mount}, $from, $to, 0, $MS_BIND, 0) == 0;
    return -e "$place/outside/marker" ? $OUTSIDE : $made ? $PLACED : $REFUSED;
  }
  place($root, $source, target($root, '/race/target', 1, 1), '/race/target');
  my $result = accessible($outside, 'outside/marker') ? $OUTSIDE : $PLACED;
  open(my $mounted, '<&=', $source) or die "source: $!";
  chdir $mounted && syscall($number{umount2}, my $here = '.', $MNT_DETACH) == 0 or die "unmount: $!";
  return $result;
}

sub our_mkdir {
  my ($root, $outside, $number) = @_;
  my $made = eval { make($root, "/race/target/made-$number/deeper", 1); 1 };
  return accessible($outside, "outside/made-$number") ? $OUTSIDE : $made ? $PLACED : $REFUSED;
}

sub naive_mkdir {
  my ($root, $place, $number) = @_;
  my $made = mkdir("$root/race/target/made-$number") && mkdir("$root/race/target/made-$number/deeper");
  return -e "$place/outside/made-$number" ? $OUTSIDE : $made ? $PLACED : $REFUSED;
}

# What a naive attempt does to the host is gone with its mount namespace.
sub private {
  call('unshare', 'unshare', $CLONE_NEWNS);
  call('private', 'mount', my $none = 'none', my $slash = '/', 0, $MS_REC | $MS_PRIVATE, 0);
}

sub assembled { my ($path) = @_; my $root = clone($path); pivot($root); return root_directory() }

sub root_directory { return call('root', 'openat', $AT_FDCWD, my $path = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0) }

sub accessible { my ($directory, $path) = @_; return syscall($number{faccessat}, $directory, $path, 0, 0) == 0 }

1;
