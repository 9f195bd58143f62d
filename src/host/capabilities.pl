# What the kernel can do here, found out by trying: loaded by the shim, for `cloister doctor`. Changes nothing: namespaces are made in children that end
# at once, mounts are detached and never attached, calls are made with arguments that cannot succeed.
#
#   shim.pl ARCH probe capabilities.pl DIRECTORY        DIRECTORY: where roots and overlays are, or will be
#
# Prints `NAME<tab>` and "" or why not, a line each; and the nft chains and rules of this network, `all-chains<tab>` and messages in hexadecimal.
use strict;

our %number;
my %flag = (mount => 0x20000, cgroup => 0x2000000, uts => 0x4000000, ipc => 0x8000000, user => 0x10000000, pid => 0x20000000, net => 0x40000000, time => 0x80);
my ($ENOSYS, $EINVAL) = (38, 22);

sub probe {
  my ($directory) = @_;
  $| = 1;
  for my $kind (sort keys %flag) { told("namespace $kind", sub { syscall($number{unshare}, $flag{$kind}) == 0 or die "$!\n" }) }
  my $nothing = '';
  my $zeros = "\0" x 64;
  known('openat2', sub { syscall($number{openat2}, -1, $nothing, $zeros, 24) });
  known('open_tree', sub { syscall($number{open_tree}, -1, $nothing, 0) });
  known('move_mount', sub { syscall($number{move_mount}, -1, $nothing, -1, $nothing, 0) });
  known('fsopen', sub { syscall($number{fsopen}, $nothing, 0xff) });
  known('mount_setattr', sub { syscall($number{mount_setattr}, -1, $nothing, 0, $zeros, 32) });
  known('close_range', sub { syscall($number{close_range}, 1_000_000, 1_000_000, 0) });
  # A user namespace that is no open file: EBADF from a kernel that knows the attribute, EINVAL from one that does not.
  my $idmap = pack('QQQQ', 0x100000, 0, 0, 1_000_000);
  known('id-mapped mounts', sub { syscall($number{mount_setattr}, -1, $nothing, 0x1000, $idmap, 32) }, $EINVAL);
  known('mounts beneath', sub { syscall($number{move_mount}, -1, $nothing, -1, $nothing, 0x200) }, $EINVAL);
  told('data id-mapped', sub { set_attributes(clone($directory), 0x100000, 0, user_namespace('u:0:1879048192:1;g:0:1879048192:1'), $directory) });
  told('binfmt_misc', sub { syscall($number{unshare}, $flag{user} | $flag{mount}) == 0 or die "$!\n"; fresh('binfmt_misc') });
  part('netlink');
  for my $dump (qw(all-chains all-rules)) { print "$dump\t", netlink_dump($dump) // '', "\n" }
  known('keyctl', sub { syscall($number{keyctl}, 0, -3, 0) });
}

# Runs in a child of its own; what it dies of, or prints to standard error, is why not.
sub told {
  my ($name, $body) = @_;
  my $child = open(my $pipe, '-|') // fail("fork: $!");
  if (!$child) {
    open(STDERR, '>&', \*STDOUT);
    eval { $body->(); 1 } or print $@;
    exit 0;
  }
  my $said = join ' ', map { chomp; $_ } <$pipe>;
  $said =~ s/^shim: //;
  print "$name\t$said\n";
}

sub known {
  my ($name, $call, @unknown) = @_;
  my $result = $call->();
  my $error = $result < 0 ? $! + 0 : 0;
  print "$name\t", (grep { $_ == $error } $ENOSYS, @unknown) ? "$!" : '', "\n";
}

1;
