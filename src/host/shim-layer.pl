# The shim's `layer` and `adopt`: see shim.pl, which loads it. Started in a pid namespace of its own, and in a mount namespace that ends with it.
use strict;
our ($arch, %number, $AT_FDCWD, $AT_SYMLINK_NOFOLLOW, $O_PATH, $O_DIRECTORY, $O_CLOEXEC, $CLONE_NEWNS, $ENOENT, $ENOTDIR);

# The stack of LOWER... (images or trees, from the lowest on) becomes this process's root, what is written to it goes to DIRECTORY/u, and the process becomes root
# of a user namespace whose ids are BASE and those after it on the host. The lowers are shown with their owners shifted likewise, so that nothing there belongs to
# the host's root. Then it does
#   files (TARGET FROM UID GID MODE SIZE SHA256)...   regular files, by their ids inside, of what FROM on the host holds
#   run WORD...                                       a command in place of this process, which sees no process, network or file of the host
#   packages INDEX WANTED DEBS...                     the packages of an archive's index, likewise: src/host/shim-packages.pl
#   status ...                                        prints what dpkg has noted of the packages of the root, and changes nothing
# NETWORK: none (a loopback interface, in the network namespace that we were started in) | host. Prints nothing of its own but why it failed.
sub make_layer {
  my ($base, $network, $directory, $operation, $count, @operand) = @_;
  my @lowers = splice @operand, 0, $count;
  my $map = "u:0:$base:65536;g:0:$base:65536";
  chdir $directory or fail("$directory: $!");
  my ($names, $newest, @stat) = ('', 0);
  for my $index (0 .. $#lowers) {
    my $mount = -d $lowers[$index] ? source($lowers[$index]) : image($lowers[$index]);
    @stat = stat "/proc/self/fd/$mount" or fail("$lowers[$index]: $!");
    $newest = $stat[9] if $stat[9] > $newest;
    layer($mount, $index, $map, undef, $lowers[$index]);
    $names .= "+$index";
  }
  $newest = note_epoch($newest) if $operation ne 'status';
  for my $part ('u', 'w') { mkdir $part or fail("$part: $!"); chown $base, $base, $part }
  chown($base + $stat[4], $base + $stat[5], 'u') && chmod($stat[2] & 07777, 'u') or fail("u: $!");
  # What has no place in a layer, the kernel's notes in extended attributes, is not even made where that can be chosen.
  my $root = fresh('overlay', ['source', 'overlay'], ['lowerdir', lowers(substr $names, 1)], ['upperdir', 'u'], ['workdir', 'w'],
    ['index', 'off'], ['metacopy', 'off'], ['redirect_dir', 'off'], ['xino', 'off']);
  attributes($root, 'nodev');
  my @content = $operation eq 'files' ? files_of(@operand) : ();
  my $archive = $operation eq 'packages' ? archive(@operand) : undef;
  my $user = user_namespace($map);
  my $interpreter = $operation eq 'run' || defined $archive ? noted_interpreter() : undef;
  my $host = defined $interpreter ? host_root() : undef;
  my $mounts = $operation eq 'run' || defined $archive ? surroundings($base, $network) : undef;
  pivot($root);
  furnish($root, $mounts) if defined $mounts;
  if (defined $archive) { show_archive($root, $archive); await_packages() }
  call('join user', 'setns', $user, 0);
  become_root();
  show_interpreter($interpreter, $host) if defined $interpreter;
  umask 022;
  if ($operation eq 'files') { write_file($root, @$_, 0) for @content; exit 0 }
  if ($operation eq 'status') { print installed($root); exit 0 }
  confine();
  limit_processes(4096);
  chdir '/';
  %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME => '/root', LC_ALL => 'C.UTF-8', DEBIAN_FRONTEND => 'noninteractive', SOURCE_DATE_EPOCH => $newest);
  # What comes after this line may be of the command: see src/host/build-failure.ts.
  print STDERR "cloister: the command\n";
  if (defined $archive) { install($root, $archive); exit 0 }
  syscall($number{close_range}, 3, 0xffffffff, 0);
  exec { $operand[0] } @operand;
  print STDERR "cloister: $operand[0]: $!\n";
  exit($! == $ENOENT ? 127 : 126);
}

# What is to run programs of another processor.
sub noted_interpreter {
  open(my $file, '<', '/run/cloister/build/interpreter') or return undef;
  return scalar <$file>;
}

# Only in a mount namespace of its own may the root of a user namespace mount it.
sub show_interpreter {
  my ($registration, $host) = @_;
  call('mounts', 'unshare', $CLONE_NEWNS);
  my $root = call('root', 'openat', $AT_FDCWD, my $path = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  interpreter($root, $host, '/proc/sys/fs/binfmt_misc', $registration, 'ro,nosuid,nodev,noexec');
  close_descriptors($root, $host);
}

# No file of the layer is newer than what it lies on, or than the packages in it.
sub note_epoch {
  my ($newest) = @_;
  my $path = '/run/cloister/build/epoch';
  if (open(my $file, '<', $path)) { my $noted = <$file> // ''; $newest = $1 if $noted =~ /^(\d+)$/ && $1 > $newest }
  open(my $file, '>', $path) or fail("epoch: $!");
  print $file "$newest\n";
  return $newest;
}

sub files_of {
  my (@rest) = @_;
  my @files;
  while (@rest) {
    my ($target, $from, $uid, $gid, $mode, $size, $sha256) = splice @rest, 0, 7;
    push @files, [source_file($from, $size, $sha256), $target, $uid, $gid, $mode];
  }
  return @files;
}

our @devices = qw(null zero full random urandom tty);

# Made with the host's credentials: a proc of our pid namespace, the host's harmless devices, and what is not to be kept.
sub surroundings {
  my ($base, $network) = @_;
  link_up('lo') if $network eq 'none';
  my @owner = (['uid', "$base"], ['gid', "$base"]);
  my %mount = (
    '/proc' => fresh('proc', ['source', 'proc']),
    '/dev' => fresh('tmpfs', ['source', 'dev'], ['mode', '0755'], ['size', '1m'], @owner),
    '/tmp' => fresh('tmpfs', ['source', 'tmp'], ['mode', '1777'], @owner),
    '/run' => fresh('tmpfs', ['source', 'run'], ['mode', '0755'], @owner),
  );
  attributes($mount{$_}, $_ eq '/proc' ? 'nosuid,nodev,noexec' : 'nosuid,nodev') for keys %mount;
  my %device = map { my $clone = clone("/dev/$_"); attributes($clone, 'nosuid,noexec'); ($_ => $clone) } @devices;
  my $names = $network eq 'host' && -f '/etc/resolv.conf' ? clone('/etc/resolv.conf') : undef;
  attributes($names, 'ro,nosuid,nodev,noexec') if defined $names;
  return { mount => \%mount, device => \%device, masks => [masks(scalar(my @paths = masked()))], names => $names };
}

# What of a proc tells of the host, or changes it.
sub masked { return map { "/proc/$_" } qw(acpi asound interrupts kcore keys latency_stats sched_debug scsi sysrq-trigger timer_list timer_stats) }

sub furnish {
  my ($root, $made) = @_;
  for my $target (sort keys %{$made->{mount}}) { refuse_link($root, $target); put($root, $made->{mount}{$target}, $target, 1, 1) }
  for my $name (sort keys %{$made->{device}}) { put($root, $made->{device}{$name}, "/dev/$name", 1, 0) }
  make_link($root, "/dev/$_->[0]", "/proc/self/$_->[1]") for ['fd', 'fd'], ['stdin', 'fd/0'], ['stdout', 'fd/1'], ['stderr', 'fd/2'];
  for my $path (masked()) { mask($root, $path, shift @{$made->{masks}}) if open_inside($root, $path, $O_PATH) >= 0 }
  # Where it is no plain file, names are resolved as the root has it.
  if (defined $made->{names} && open_inside($root, '/etc/resolv.conf', $O_PATH) >= 0) { put($root, $made->{names}, '/etc/resolv.conf', 0, 0) }
}

# What owners, modes and other users need: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, sys_chroot, setfcap. None of it counts outside the user namespace.
sub confine {
  my %keep = map { $_ => 1 } 0, 1, 3, 4, 5, 6, 7, 8, 18, 31;
  for my $capability (0 .. 63) { last unless $keep{$capability} || syscall($number{prctl}, 24, $capability, 0, 0, 0) == 0 }
  syscall($number{prctl}, 47, 4, 0, 0, 0);             # ambient set: cleared
  drop_inheritable();
  syscall($number{setsid});
  syscall($number{keyctl}, 1, 0);
  prctl('no_new_privs', 38, 1);
  prctl('not ptraceable', 4, 0);
}

# Each user of the user namespace has no more than that many, which ends a command that starts ever more of them; or what we have ourselves, where that is less.
sub limit_processes {
  my ($most) = @_;
  my $limit = "\0" x 16;
  syscall($number{prlimit64}, 0, 6, 0, $limit) == 0 or fail("limit of processes: prlimit64: $!");      # not by call(): the buffer must not be copied
  my (undef, $hard) = unpack 'QQ', $limit;
  $most = $hard if $hard < $most;
  call('limit of processes', 'prlimit64', 0, 6, pack('QQ', $most, $most), 0);
}

# ---- adopt ----------------------------------------------------------------------------------------------------------------------------------

# Nobody lives any more who could change it: owners become those inside, and of extended attributes stays what makes a directory opaque, and file capabilities that
# were for the user namespace of the build, without it: those of a namespace below that one, whose root was another user, would be those of the root.
sub adopt {
  my ($base, $directory) = @_;
  my ($list, $get, $set, $remove) = $arch eq 'x64' ? (195, 192, 189, 198) : (12, 9, 6, 15);
  my @rest = ($directory);
  while (@rest) {
    my $path = shift @rest;
    my (undef, undef, $mode, undef, $uid, $gid) = lstat $path or fail("$path: $!");
    my $link = ($mode & 0170000) == 0120000;
    my $names = "\0" x 65536;
    my $length = syscall($list, $path, $names, 65536);
    my %kept;
    for my $name ($length > 0 ? split /\0/, substr $names, 0, $length : ()) {
      my $value = "\0" x 65536;
      my $size = syscall($get, $path, $name, $value, 65536);
      my $capability = $name eq 'security.capability';
      if ($capability && $size == 24 && unpack('x20 L', $value) == $base) { $kept{$name} = pack('L', unpack('L', $value) & 0xffffff | 0x02000000) . substr $value, 4, 16 }
      elsif ($name eq 'trusted.overlay.opaque' || $capability && $size == 20) { next }
      syscall($remove, $path, $name) == 0 or fail("$path: $name: $!");
    }
    # A hard link is met more than once.
    if ($uid >= $base || $gid >= $base) {
      my @owner = map { $_ >= $base ? $_ - $base : $_ } $uid, $gid;
      call($path, 'fchownat', $AT_FDCWD, $path, @owner, $AT_SYMLINK_NOFOLLOW);
      $link or chmod($mode & 07777, $path) or fail("$path: $!");
    }
    for my $name (keys %kept) { syscall($set, $path, $name, $kept{$name}, length $kept{$name}, 0) == 0 or fail("$path: $name: $!") }
    next unless ($mode & 0170000) == 0040000;
    opendir(my $handle, $path) or fail("$path: $!");
    push @rest, map { "$path/$_" } grep { $_ ne '.' && $_ ne '..' } readdir $handle;
  }
}

# Directories of an upper, by their paths inside, no longer hide what lies below them.
sub uncover {
  my ($upper, @paths) = @_;
  my ($remove, $ENODATA) = ($arch eq 'x64' ? 199 : 16, 61);
  opendir(my $root, $upper) or fail("$upper: $!");
  for my $path (@paths) {
    my $found = open_inside(fileno $root, $path, $O_DIRECTORY);
    if ($found < 0) { next if $! == $ENOENT || $! == $ENOTDIR; fail("$path: $!") }
    my $name = 'trusted.overlay.opaque';
    syscall($remove, $found, $name) == 0 || $! == $ENODATA or fail("$path: $name: $!");
  }
}

1;
