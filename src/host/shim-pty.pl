# A terminal of an environment's own, for shim-terminal.pl and shim-caller.pl, which load this.
use strict;
our ($O_PATH, $O_DIRECTORY, $O_CLOEXEC);

# A pair of the devpts that is mounted in the environment, and no other: its own ptmx, through its own root, by no link. Nothing of the host's goes inside with it.
# The outer end, which does not block, and the inner one. Without a size it is the usual one.
sub new_terminal {
  my ($process, @size) = @_;
  my $root = call('root', 'openat', $process, my $name = 'root', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my $ptmx = open_inside($root, my $path = 'dev/pts/ptmx', 0x902);          # O_RDWR, O_NONBLOCK, O_NOCTTY
  fail("tty: /dev/pts/ptmx of the environment: $!") if $ptmx < 0;
  close_descriptors($root, $process);
  open(my $outer, '+<&=', $ptmx) or fail("tty: $!");
  my $unlocked = pack('i', 0);
  my $own = ioctl($outer, 0x40045431, $unlocked) && ioctl($outer, 0x5441, 0x102 | $O_CLOEXEC);      # TIOCSPTLCK, TIOCGPTPEER: O_RDWR, O_NOCTTY
  open(my $inner, '+<&=', $own || -1) or fail('tty: /dev/pts/ptmx of the environment makes no terminal');
  my @host = stat '/dev/pts';
  fail("tty: /dev/pts of the environment is the host's") if @host && $host[0] == (stat $inner)[0];
  set_size($outer, @size ? @size : (24, 80));
  return ($outer, $inner);
}

# In rows and columns.
sub set_size { my ($terminal, @size) = @_; ioctl($terminal, 0x5414, my $size = pack('S4', @size, 0, 0)) }      # TIOCSWINSZ

# Likewise; empty where it has none.
sub size_of {
  my ($terminal) = @_;
  my $size = "\0" x 8;
  ioctl($terminal, 0x5413, $size) or return ();        # TIOCGWINSZ
  my @size = unpack 'S2', $size;
  return $size[0] > 0 && $size[1] > 0 ? @size : ();
}

1;
