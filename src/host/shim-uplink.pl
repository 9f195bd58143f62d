# The shim's `uplink`: see shim.pl, which loads it.
use strict;
our (%number, $CLONE_NEWNS, $MS_PRIVATE, $MS_REC);

# ---- uplink ---------------------------------------------------------------------------------------------------------------------------------

# Keys: pid start cgroup (repeated). Started as a child of `nsenter --target PID --pid`: it ends when the environment does.
# Becomes pasta, with which the network of the environment reaches what the host reaches: in the host's network namespace, where it opens sockets as
# any user would, with the environment's ids and no more than the capabilities of its user namespace. What it reads comes from a root that may be hostile, so:
# - it is started from a copy that it may execute but not read: the kernel then makes it undumpable from its first instruction on, and asks who would trace it,
#   look at its memory or go through its /proc/PID/root for SYS_PTRACE of the host's user namespace (would_dump in fs/exec.c), which nobody inside has;
# - /dev is a tmpfs of its own with that copy, null and net/tun, which is open to all there: on some hosts it is root's alone.
# Later it puts itself into namespaces of its own with an empty root, drops all capabilities and filters its system calls.
sub uplink {
  my ($one, $many, @words) = keys_and_rest(@_);
  prctl('not ptraceable', 4, 0);
  my $process = process($one->{pid}, $one->{start});
  my $mine = readlink '/proc/self/ns/pid';
  fail('not in the pid namespace of the environment') if $mine ne link_at($process, 'ns/pid');
  my ($program) = grep { -x } map { "$_/pasta" } qw(/usr/sbin /usr/bin /sbin /bin);
  fail('pasta is not installed (package passt)') unless defined $program;
  my $namespace = namespace($process, 'net');
  fail('the environment has the network of the host') if link_at($process, 'ns/net') eq readlink '/proc/self/ns/net';
  fail('the environment has the ids of the host') if link_at($process, 'ns/user') eq readlink '/proc/self/ns/user';
  for my $group (@{$many->{cgroup} // []}) { mkdir $group; write_kernel("$group/cgroup.procs", '0') }
  syscall($number{setsid});
  syscall($number{keyctl}, 1, 0);
  call('mount namespace', 'unshare', $CLONE_NEWNS);
  my ($none, $slash, $tmpfs, $dev, $options) = ('none', '/', 'tmpfs', '/dev', 'mode=0711,size=8m,nr_inodes=16');
  call('mounts', 'mount', $none, $slash, 0, $MS_REC | $MS_PRIVATE, 0);
  my %copy = map { $_ => contents("$program$_") } grep { -e "$program$_" } '', '.avx2';
  call('/dev', 'mount', $tmpfs, $dev, $tmpfs, 2, $options);
  umask 0;
  mkdir '/dev/net', 0711 or fail("/dev/net: $!");
  for (['/dev/null', 1, 3], ['/dev/net/tun', 10, 200]) {
    my ($path, $major, $minor) = @$_;
    call($path, 'mknodat', -100, $path, 020666, $major << 8 | $minor);
  }
  for my $suffix (keys %copy) {
    open(my $file, '>', "/dev/pasta$suffix") or fail("/dev/pasta$suffix: $!");
    print $file $copy{$suffix};
    close $file or fail("/dev/pasta$suffix: $!");
    chmod 0711, "/dev/pasta$suffix" or fail("/dev/pasta$suffix: $!");
  }
  umask 077;
  join_namespaces($process, 'user');
  become_root();
  prctl('no_new_privs', 38, 1);
  chdir '/';
  %ENV = (PATH => '/usr/bin:/bin');
  open(STDIN, '<', '/dev/null') or fail("/dev/null: $!");
  # Whatever else is open here is the host's: a lock among it.
  syscall($number{close_range}, 3, $namespace - 1, 0) if $namespace > 3;
  syscall($number{close_range}, $namespace + 1, 0xffffffff, 0);
  open(my $network, '<&=', $namespace) or fail("namespace net: $!");
  fcntl $network, 2, 0 or fail("namespace net: $!");          # F_SETFD: it stays open in what we become
  { no warnings; exec { '/dev/pasta' } 'pasta', @words, '--netns-only', '--netns', "/proc/self/fd/$namespace" }
  fail("$program: $!");
}

sub contents {
  my ($path) = @_;
  open(my $file, '<', $path) or fail("$path: $!");
  local $/;
  return scalar(<$file>) // '';
}

1;
