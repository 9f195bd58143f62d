# Loaded by `shim.pl ARCH probe`: maps a file inside an environment, closes it, says `ready` and waits for its end.
#
#   probe PID START PATH
use strict;
our (%number, $arch);

sub probe {
  my ($pid, $start, $path) = @_;
  join_namespaces(process($pid, $start), 'mnt');
  open(my $file, '<', $path) or die "$path: $!\n";
  $number{mmap} = $arch eq 'x64' ? 9 : 222;
  call($path, 'mmap', 0, 4096, 1, 1, fileno $file, 0);   # PROT_READ, MAP_SHARED
  close $file;
  chdir '/';
  $| = 1;
  print "ready\n";
  <STDIN>;
}

1;
