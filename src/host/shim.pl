# The shim: what util-linux 2.38 cannot do here, by perl-base alone (Essential on Debian and Ubuntu). No module is loaded and no file of a root is
# read before the process has become what it is to be inside; every target inside is resolved by openat2 and handled by descriptor, never by path.
#
#   shim.pl ARCH attach PID START STAGE BASE  N OPERATION OPERAND...  N OPERATION OPERAND...      (N counts the operation and its operands)
#   shim.pl ARCH enter KEY=VALUE... -- COMMAND ARG...
#   shim.pl ARCH enter-encoded                                    (likewise; its words NUL-separated in hexadecimal in CLOISTER_ARGV)
#   shim.pl ARCH observe  PID START NAME...  "" PID START NAME...                                (read-only: one line per name)
#   shim.pl ARCH probe FILE KEY=VALUE... -- KEY=VALUE...             enters like `enter`, then tries what must not work (src/host/probe.pl)
#
# attach runs in the staging mount namespace, with the host's credentials, in STAGE. First it clones every source (detached), then it joins the
# environment's mount and user namespaces, becomes its root (kuid BASE), and places each clone. Operations:
#   layer NAME SOURCE IDMAP            an erofs image or a directory becomes STAGE/l/NAME
#   root-overlay NAME ALIAS UPPER WORK FLAGS   the environment's root: overlay of l/NAME, ALIAS (a link to UPPER), ALIAS.work (to WORK)
#   root-layer NAME FLAGS              the environment's root: the layer itself
#   staged NAME TARGET FLAGS CREATE    a file system mounted at STAGE/NAME goes to TARGET
#   bind SOURCE TARGET IDMAP FLAGS CREATE
#   again TARGET FLAGS                 TARGET over itself with more flags (a read-only path)
#   mask TARGET                        the host's /dev/null, or an empty read-only tmpfs, over TARGET where it exists
#   link PATH TEXT                     a symbolic link
#   refuse-link PATH                   fail, before anything is made, if PATH of the root is there and no directory
#   set TARGET FLAGS                   the flags of the mount at TARGET, all of them
#   overlaid NAME UPPER SOURCE TARGET IDMAP FLAGS CREATE   an overlay of SOURCE (which becomes l/NAME), its upper on the file system at STAGE/UPPER
#   reconfigure TARGET KEY VALUE       an option of the file system at TARGET (a tmpfs's size)
#   detach TARGET LAZY                 unmount
#   sysctl NAME VALUE                  in the uts, ipc and net namespaces that we were started in (kernel.hostname too)
#   link-up INTERFACE                  likewise
# IDMAP: none | keeper | u:DISK:KERNEL:COUNT,...;g:DISK:KERNEL:COUNT,...     FLAGS: ro,nosuid,... or ""     CREATE: 1 | 0
use strict;

our $arch = shift // die "shim: no architecture\n";
our %number = $arch eq 'x64'
  ? (unshare => 272, setns => 308, pivot_root => 155, umount2 => 166, prctl => 157, prlimit64 => 302, setgroups => 116, setresuid => 117,
     setresgid => 119, setsid => 112, capget => 125, capset => 126, statx => 332, keyctl => 250, readlinkat => 267, uname => 63, fchownat => 260, mkdirat => 258, symlinkat => 266, openat => 257)
  : $arch eq 'arm64'
  ? (unshare => 97, setns => 268, pivot_root => 41, umount2 => 39, prctl => 167, prlimit64 => 261, setgroups => 159, setresuid => 147,
     setresgid => 149, setsid => 157, capget => 90, capset => 91, statx => 291, keyctl => 219, readlinkat => 78, uname => 160, fchownat => 54, mkdirat => 34, symlinkat => 36, openat => 56)
  : die "shim: unknown architecture $arch\n";
# The same on every architecture.
@number{qw(open_tree move_mount fsopen fsconfig fsmount fspick openat2 mount_setattr close_range)} = (428, 429, 430, 431, 432, 433, 437, 442, 436);

my ($AT_FDCWD, $AT_EMPTY_PATH, $AT_SYMLINK_NOFOLLOW) = (-100, 0x1000, 0x100);
my ($O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL) = (0x200000, $arch eq 'x64' ? 0x10000 : 0x4000, $arch eq 'x64' ? 0x20000 : 0x8000, 0x80000, 0x40, 0x80);
my ($CLONE_NEWUSER, $MNT_DETACH) = (0x10000000, 2);
my %attribute = (ro => 1, nosuid => 2, nodev => 4, noexec => 8, noatime => 0x10, strictatime => 0x20, nodiratime => 0x80, nosymfollow => 0x200000);
my ($ATTR_ATIME, $ATTR_IDMAP, $MS_PRIVATE) = (0x70, 0x100000, 1 << 18);
my ($ENOENT, $EAGAIN, $ELOOP, $ENOTDIR, $EEXIST, $EINVAL) = (2, 11, 40, 20, 17, 22);

my $verb = shift // '';
if    ($verb eq 'attach')  { attach(@ARGV) }
elsif ($verb eq 'enter')   { enter(@ARGV) }
elsif ($verb eq 'enter-encoded') { enter(split /\0/, pack('H*', delete $ENV{CLOISTER_ARGV}), -1) }
elsif ($verb eq 'observe') { observe(@ARGV) }
elsif ($verb eq 'probe')   { require(shift @ARGV); probe(@ARGV) }
else { fail("unknown verb $verb") }
exit 0;

sub fail { my ($message) = @_; die "$message\n" if $^S; print STDERR "shim: $message\n"; exit 125 }

# A system call that must succeed; `what` names it for people.
sub call {
  my ($what, $name, @arguments) = @_;
  my $result = syscall($number{$name}, @arguments);
  fail("$what: $name: $!") if $result < 0;
  return $result;
}

# ---- identity: pid + start time, through one descriptor of /proc/PID that a recycled pid cannot take over -----------------------------------

sub process {
  my ($pid, $start) = @_;
  my $directory = call("process $pid", 'openat', $AT_FDCWD, my $path = "/proc/$pid", $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my $line = slurp_at($directory, 'stat');
  $line =~ s/^.*\) //s;
  my @field = split / /, $line;                        # field 3 of stat(5) is the first here
  fail("process $pid is not the one that was seen (it ended and the number was used again)") if $start ne '' && $field[19] ne $start;
  fail("process $pid has ended") if $field[0] =~ /[ZX]/;
  return $directory;
}

sub slurp_at {
  my ($directory, $name) = @_;
  my $fd = call($name, 'openat', $directory, $name, $O_CLOEXEC, 0);
  open(my $file, '<&=', $fd) or fail("$name: $!");
  local $/;
  return scalar(<$file>) // '';
}

sub link_at {
  my ($directory, $name) = @_;
  my $buffer = "\0" x 256;
  my $length = syscall($number{readlinkat}, $directory, $name, $buffer, 255);     # not by call(): the buffer must not be copied
  fail("$name: $!") if $length < 0;
  return substr($buffer, 0, $length);
}

sub namespace { my ($process, $kind) = @_; return call("namespace $kind", 'openat', $process, my $path = "ns/$kind", $O_CLOEXEC, 0) }

# Joins the namespaces in which the process differs from us; user last, because until then we need the host's capabilities.
sub join_namespaces {
  my ($process, @kinds) = @_;
  my $self = call('self', 'openat', $AT_FDCWD, my $path = '/proc/self', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my @open = map { [$_, namespace($process, $_)] } grep { link_at($process, "ns/$_") ne link_at($self, "ns/$_") } @kinds;
  call("join $_->[0]", 'setns', $_->[1], 0) for @open;
  return map { $_->[0] } @open;
}

sub become_root {
  my ($setgroups) = @_;
  call('gid', 'setresgid', 0, 0, 0);
  call('groups', 'setgroups', 0, 0) unless ($setgroups // '') eq 'deny';
  call('uid', 'setresuid', 0, 0, 0);
  prctl('not ptraceable', 4, 0);                       # a change of ids sets it to fs.suid_dumpable
}

# ---- attach ---------------------------------------------------------------------------------------------------------------------------------

sub attach {
  my ($pid, $start, $stage, $base, @rest) = @_;
  prctl('not ptraceable', 4, 0);
  my $process = process($pid, $start);
  my @operations;
  while (@rest) { my $count = shift @rest; push @operations, [splice @rest, 0, $count] }
  chdir $stage or fail("$stage: $!");

  my %last;                                            # the root's flags; read-only only when all targets are made
  my (%source, %directory);                            # by index of the operation: detached mount, and whether it is a directory
  my $root;
  for my $i (0 .. $#operations) {
    my ($name, @operand) = @{$operations[$i]};
    $last{$operand[-1]} = 1 if $name =~ /^root-/;
    if    ($name eq 'layer')        { layer(-d $operand[1] ? source($operand[1]) : image($operand[1]), $operand[0], $operand[2], $process) }
    elsif ($name eq 'root-overlay') { $root = overlay(@operand) }
    elsif ($name eq 'root-layer')   { $root = clone("l/$operand[0]"); attributes($root, writable($operand[1])) }
    elsif ($name eq 'staged')       { chown $base, $base, $operand[0]; $source{$i} = clone($operand[0]); attributes($source{$i}, $operand[2]) }
    elsif ($name eq 'overlaid')     { $source{$i} = overlaid($process, $base, @operand) }
    elsif ($name eq 'sysctl')       { sysctl($base, @operand) }
    elsif ($name eq 'link-up')      { link_up($operand[0]) }
    elsif ($name eq 'bind')         { $source{$i} = source($operand[0]); idmap($source{$i}, $operand[2], $process, $operand[0]); attributes($source{$i}, $operand[3]) }
  }
  for my $i (keys %source) { my @stat = stat "/proc/self/fd/$source{$i}"; $directory{$i} = @stat && ($stat[2] & 0170000) == 0040000 }
  my @masks = masks(scalar grep { $_->[0] eq 'mask' } @operations);

  await_keeper($process) if defined $root;
  my $user = namespace($process, 'user');
  my $own_user = link_at($process, 'ns/user') ne readlink '/proc/self/ns/user';
  join_namespaces($process, 'mnt') or fail('the environment has no mount namespace of its own');
  for my $operation (@operations) { reconfigure(@$operation[1 .. 3]) if $operation->[0] eq 'reconfigure' }      # with the credentials that made the file system
  if ($own_user) { call('join user', 'setns', $user, 0); become_root() }
  if (defined $root) { pivot($root) }
  else { $root = call('root', 'openat', $AT_FDCWD, my $path = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0) }

  umask 0;
  for my $operation (@operations) { refuse_link($root, $operation->[1]) if $operation->[0] eq 'refuse-link' }
  for my $i (0 .. $#operations) {
    my ($name, @operand) = @{$operations[$i]};
    if    ($name eq 'staged') { place($root, $source{$i}, target($root, $operand[1], $operand[3], 1), $operand[1]) }
    elsif ($name eq 'bind')   { place($root, $source{$i}, target($root, $operand[1], $operand[4], $directory{$i}), $operand[1]) }
    elsif ($name eq 'overlaid') { place($root, $source{$i}, target($root, $operand[3], $operand[6], 1), $operand[3]) }
    elsif ($name eq 'again')  { again($root, @operand) }
    elsif ($name eq 'mask')   { mask($root, $operand[0], shift @masks) }
    elsif ($name eq 'link')   { make_link($root, @operand) }
    elsif ($name eq 'set')    { attributes(target($root, $operand[0], 0, 1), $operand[1], $operand[0]) }
    elsif ($name eq 'detach') { detach($root, @operand) }
  }
  attributes($root, $_, 'flags of the root') for keys %last;
}

# What belongs to an ipc namespace may be written by its own root only (ipc_permissions in ipc/ipc_sysctl.c), anything else by the host's.
sub sysctl {
  my ($base, $name, $value) = @_;
  $> = $base if $name =~ /^(?:kernel\.(?:shm|msg|sem)|fs\.mqueue\.)/;
  write_kernel('/proc/sys/' . ($name =~ tr{.}{/}r), $value);
  $> = 0;
}

sub writable { my ($flags) = @_; return join ',', grep { $_ ne 'ro' } split /,/, $flags }

# For each mask both of its forms, made while we are where their sources are: the kernel copies a detached mount only for its own namespace.
sub masks {
  my ($count) = @_;
  return () unless $count;
  my @null = stat '/dev/null';
  fail('/dev/null of the host is not the null device') unless ($null[2] & 0170000) == 0020000 && $null[6] == 0x103;
  my $empty = fresh('tmpfs', ['source', 'mask'], ['mode', '755'], ['size', '0']);
  mkdir 'empty' or fail("empty: $!");
  call('empty', 'move_mount', $empty, my $from = '', $AT_FDCWD, my $path = 'empty', 4);
  return map {
    my %mask = (file => clone('/dev/null'), directory => clone('empty'));
    attributes($mask{file}, 'nosuid,noexec');
    attributes($mask{directory}, 'ro,nosuid,nodev,noexec');
    \%mask;
  } 1 .. $count;
}

# A detached copy of one mount (not of what is mounted below it).
sub clone { my ($path) = @_; return call($path, 'open_tree', $AT_FDCWD, $path, 1 | $O_CLOEXEC) }

# The same of a path that the plan shows with every symbolic link resolved: one that is there by now was put there since, by whoever may write there.
sub source {
  my ($path) = @_;
  my $how = pack('QQQ', $O_PATH | $O_CLOEXEC, 0, 0x04 | 0x02);
  my $there = syscall($number{openat2}, $AT_FDCWD, $path, $how, 24);
  fail("source $path: is or goes through a symbolic link that was not there when it was planned") if $there < 0 && $! == $ELOOP;
  fail("source $path: $!") if $there < 0;
  return call($path, 'open_tree', $there, my $empty = '', 1 | $O_CLOEXEC | $AT_EMPTY_PATH);
}

# An erofs image, read from its file without a loop device where the kernel can (6.12), else from a read-only loop device.
sub image {
  my ($file) = @_;
  my $mount = eval { fresh('erofs', ['source', $file], ['ro']) };
  return $mount if defined $mount;
  my $device = `/sbin/losetup --find --show --read-only -- \Q$file\E`;     # auto-cleared when the last mount of it goes
  chomp $device;
  fail("image $file: no loop device") unless $device =~ m{^/dev/loop\d+$};
  $mount = fresh('erofs', ['source', $device], ['ro']);
  system('/sbin/losetup', '--detach', $device);
  return $mount;
}

# A new file system, detached. Options: [name, value] or [flag].
sub fresh {
  my ($type, @options) = @_;
  my $context = syscall($number{fsopen}, $type, 1);
  fail("$type: fsopen: $!") if $context < 0;
  for my $option (@options) {
    my ($key, $value) = @$option;
    my $result = defined $value ? syscall($number{fsconfig}, $context, 1, $key, $value, 0) : syscall($number{fsconfig}, $context, 0, $key, 0, 0);
    die_with($context, "$type: $key") if $result < 0;
  }
  die_with($context, "$type: create") if syscall($number{fsconfig}, $context, 6, 0, 0, 0) < 0;
  my $mount = syscall($number{fsmount}, $context, 1, 0);
  die_with($context, "$type: fsmount") if $mount < 0;
  return $mount;
}

# The kernel says why in the context's message queue.
sub die_with {
  my ($context, $what) = @_;
  my $error = "$!";
  my $said = '';
  if (open(my $queue, '<&=', $context)) { while (sysread($queue, my $line, 4096)) { $said .= " ($line)" =~ s/\n//gr } }
  fail("$what: $error$said");
}

# Changes of this mount go to an upper on a file system of its own; its name in mountinfo tells the source (see resources/mount.ts).
sub overlaid {
  my ($process, $base, $name, $upper, $source, $target, $idmap, $flags) = @_;
  layer(source($source), $name, $idmap, $process);
  for my $part ('u', 'w') { mkdir "$upper/$part" or fail("$target: $!"); chown $base, $base, "$upper/$part" }
  chown((stat "l/$name")[4, 5], "$upper/u");
  my $mount = fresh('overlay', ['source', 'overlay'], ['lowerdir', "l/$name"], ['upperdir', "$upper/u"], ['workdir', "$upper/w"]);
  attributes($mount, $flags);
  return $mount;
}

sub layer {
  my ($mount, $name, $idmap, $process) = @_;
  idmap($mount, $idmap, $process, "l/$name");
  mkdir 'l'; mkdir "l/$name" or fail("l/$name: $!");
  call("l/$name", 'move_mount', $mount, my $empty = '', $AT_FDCWD, my $path = "l/$name", 4);
}

# The names are relative and short on purpose: they stand in mountinfo, where a plan reads which root and which upper run.
sub overlay {
  my ($name, $alias, $upper, $work, $flags) = @_;
  mkdir $alias =~ m{^(\w+)/} ? $1 : fail("bad name $alias");
  symlink($upper, $alias) or fail("$alias: $!");
  symlink($work, "$alias.work") or fail("$alias.work: $!");
  my $mount = fresh('overlay', ['source', 'overlay'], ['lowerdir', "l/$name"], ['upperdir', $alias], ['workdir', "$alias.work"], ['metacopy', 'on']);
  attributes($mount, writable($flags));
  return $mount;
}

# Sets the flags of a mount: those named are set, the others cleared.
sub attributes {
  my ($mount, $flags, $what) = @_;
  my $set = 0;
  $set |= $attribute{$_} // fail("unknown mount flag $_") for split /,/, $flags;
  my $clear = ($attribute{ro} | $attribute{nosuid} | $attribute{nodev} | $attribute{noexec} | $attribute{nodiratime} | $attribute{nosymfollow}) & ~$set;
  $clear |= $ATTR_ATIME if $set & $ATTR_ATIME;
  set_attributes($mount, $set, $clear, 0, $what // 'mount flags');
}

sub set_attributes {
  my ($mount, $set, $clear, $user, $what) = @_;
  my $structure = pack('QQQQ', $set, $clear, $MS_PRIVATE, $user);
  call($what, 'mount_setattr', $mount, my $empty = '', $AT_EMPTY_PATH, $structure, 32);
}

sub idmap {
  my ($mount, $idmap, $process, $what) = @_;
  return if $idmap eq 'none';
  my $user = $idmap eq 'keeper' ? namespace($process, 'user') : user_namespace($idmap);
  set_attributes($mount, $ATTR_IDMAP, 0, $user, "id-mapped mount of $what");
}

# A throw-away user namespace that holds nothing but a map.
my %user_namespace;
sub user_namespace {
  my ($idmap) = @_;
  return $user_namespace{$idmap} if defined $user_namespace{$idmap};
  pipe(my $ready, my $tell) && pipe(my $wait, my $end) or fail("pipe: $!");
  my $child = fork // fail("fork: $!");
  if (!$child) {
    close $ready; close $end;
    call('user namespace', 'unshare', $CLONE_NEWUSER);
    syswrite $tell, readlink '/proc/self'; close $tell;                # its pid as the host's /proc counts, not as our pid namespace does
    sysread $wait, my $byte, 1;
    exit 0;
  }
  close $tell; close $wait;
  sysread($ready, my $holder, 32) or fail('user namespace: could not be made');
  my %lines;
  for my $part (split /;/, $idmap) { my ($kind, @ids) = split /:/, $part, 2; $lines{$kind} = join '', map { join(' ', split(/:/)) . "\n" } split /,/, $ids[0] }
  for my $map (['uid_map', $lines{u}], ['gid_map', $lines{g}]) {
    open(my $file, '>', "/proc/$holder/$map->[0]") or fail("$map->[0]: $!");
    syswrite($file, $map->[1]) // fail("$map->[0]: $!");
  }
  my $fd = call('user namespace', 'openat', $AT_FDCWD, my $path = "/proc/$holder/ns/user", $O_CLOEXEC, 0);
  close $end;
  waitpid $child, 0;
  return $user_namespace{$idmap} = $fd;
}

# The reaper must be running before its root is moved: an exec after that would take its program from the environment's root.
sub await_keeper {
  my ($process) = @_;
  for (1 .. 20000) {
    my $name = slurp_at($process, 'comm');
    return if $name =~ /^catatonit$/;
    select undef, undef, undef, 0.00025;
  }
  fail('the keeper did not become the reaper within 5 s (is catatonit installed?)');
}

# New root, old root gone: nothing of the host's file tree can be reached from here on.
sub pivot {
  my ($root) = @_;
  call('root', 'move_mount', $root, my $empty = '', $AT_FDCWD, my $slash = '/', 4);
  open(my $directory, '<&=', $root) or fail("root: $!");
  chdir $directory or fail("root: $!");
  call('root', 'pivot_root', my $new = '.', my $old = '.');
  call('old root', 'umount2', my $dot = '.', $MNT_DETACH);
  chdir '/' or fail("root: $!");
  $_[0] = call('root', 'openat', $AT_FDCWD, my $path = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  $main::keep = $directory;                            # closing it would close the descriptor that is still in use
}

# openat2 below the environment's root: no symbolic link, no magic link, no way out. -1 and $! where it fails.
sub open_inside {
  my ($root, $path, $flags, $mode) = @_;
  $path =~ s{^/+}{};
  $path = '.' if $path eq '';
  my $how = pack('QQQ', $flags | $O_CLOEXEC, $mode // 0, 0x10 | 0x04 | 0x02);
  return syscall($number{openat2}, $root, $path, $how, 24);
}

sub target {
  my ($root, $path, $create, $directory) = @_;
  my $fd = open_inside($root, $path, $O_PATH);
  if ($fd < 0 && $! == $ENOENT && $create) { make($root, $path, $directory); $fd = open_inside($root, $path, $O_PATH) }
  return $fd if $fd >= 0;
  fail("target $path: is or goes through a symbolic link") if $! == $ELOOP;
  fail("target $path: does not exist") if $! == $ENOENT;
  fail("target $path: $!");
}

# Makes the missing parents and the target itself, as the environment's root.
sub make {
  my ($root, $path, $directory) = @_;
  my @part = grep { $_ ne '' } split m{/}, $path;
  my $last = pop @part;
  my $parent = '';
  my $fd = $root;
  for my $part (@part, $directory ? $last : ()) {
    my $here = "$parent/$part";
    my $next = open_inside($root, $here, $O_PATH | $O_DIRECTORY);
    if ($next < 0 && $! == $ENOENT) {
      syscall($number{mkdirat}, $fd, $part, 0755) == 0 or $! == $EEXIST or fail("target $path: cannot make $here: $!");
      $next = open_inside($root, $here, $O_PATH | $O_DIRECTORY);
    }
    if ($next < 0) { fail($! == $ELOOP ? "target $path: $here is a symbolic link" : "target $path: $here: $!") }
    ($parent, $fd) = ($here, $next);
  }
  return if $directory;
  my $file = open_inside($root, "$parent/$last", $O_CREAT | $O_EXCL, 0644);
  fail("target $path: cannot make it: $!") if $file < 0;
}

# The target is a descriptor, so that nothing outside can be hit; whoever renames inside meanwhile could still have it land elsewhere in there.
sub place {
  my ($root, $mount, $target, $path) = @_;
  call("mount at $path", 'move_mount', $mount, my $from = '', $target, my $to = '', 4 | 0x40);
  my $there = open_inside($root, $path, $O_PATH);
  return if $there >= 0 && mount_id($there) == mount_id($mount);
  if (open(my $handle, '<&=', $mount)) { chdir $handle and syscall($number{umount2}, my $here = '.', $MNT_DETACH) }
  fail("target $path: was moved away while it was mounted over");
}

# statx(2): the identity of the mount on which a descriptor is.
sub mount_id {
  my ($fd) = @_;
  my $buffer = "\0" x 256;
  syscall($number{statx}, $fd, my $empty = '', $AT_EMPTY_PATH, 0x1000, $buffer) == 0 or fail("statx: $!");
  return unpack 'x144 Q', $buffer;
}

sub again {
  my ($root, $path, $flags) = @_;
  my $there = open_inside($root, $path, $O_PATH);
  return if $there < 0 && $! == $ENOENT;
  fail("read-only path $path: $!") if $there < 0;
  my $copy = call($path, 'open_tree', $there, my $empty = '', 1 | $O_CLOEXEC | $AT_EMPTY_PATH);
  attributes($copy, $flags);
  place($root, $copy, $there, $path);
}

sub mask {
  my ($root, $path, $mask) = @_;
  my $there = open_inside($root, $path, $O_PATH);
  return if $there < 0 && ($! == $ENOENT || $! == $ENOTDIR);
  fail("masked path $path: $!") if $there < 0;
  my $directory = open_inside($root, $path, $O_PATH | $O_DIRECTORY) >= 0;
  place($root, $directory ? $mask->{directory} : $mask->{file}, $there, $path);
}

sub make_link {
  my ($root, $path, $text) = @_;
  my ($parent, $name) = $path =~ m{^(.*)/([^/]+)$};
  my $directory = open_inside($root, $parent, $O_PATH | $O_DIRECTORY);
  fail("link $path: $!") if $directory < 0;
  syscall($number{symlinkat}, $text, $directory, $name) == 0 or $! == $EEXIST or fail("link $path: $!");
}

sub refuse_link {
  my ($root, $path) = @_;
  my $fd = open_inside($root, $path, $O_PATH | $O_DIRECTORY);
  return if $fd >= 0 || $! == $ENOENT;
  fail("the root's $path is a symbolic link") if $! == $ELOOP;
  fail("the root's $path is not a directory") if $! == $ENOTDIR;
  fail("the root's $path: $!");
}

# By name below a descriptor of its parent: the last part is not followed, the others were resolved inside.
sub detach {
  my ($root, $path, $lazy) = @_;
  my ($parent, $name) = $path =~ m{^(.*)/([^/]+)$};
  my $directory = open_inside($root, $parent, $O_PATH | $O_DIRECTORY);
  return if $directory < 0 && $! == $ENOENT;
  fail("unmount $path: $!") if $directory < 0;
  open(my $handle, '<&=', $directory) or fail("unmount $path: $!");
  chdir $handle or fail("unmount $path: $!");
  syscall($number{umount2}, $name, 8 | ($lazy ? $MNT_DETACH : 0)) == 0 or $! == $ENOENT or $! == $EINVAL or fail("unmount $path: $!");
  chdir '/';
}

sub reconfigure {
  my ($path, $key, $value) = @_;
  my $root = call('root', 'openat', $AT_FDCWD, my $slash = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my $there = target($root, $path, 0, 1);
  my $context = call($path, 'fspick', $there, my $empty = '', 1 | 8);
  die_with($context, "$path: $key") if syscall($number{fsconfig}, $context, 1, $key, $value, 0) < 0;
  die_with($context, "$path: $key=$value") if syscall($number{fsconfig}, $context, 7, 0, 0, 0) < 0;
}

# ioctl SIOCGIFFLAGS and SIOCSIFFLAGS of netdevice(7).
sub link_up {
  my ($interface) = @_;
  socket(my $socket, 2, 2, 0) or fail("$interface: $!");
  my $request = pack('a16 s x22', $interface, 0);
  ioctl($socket, 0x8913, $request) or fail("$interface: $!");
  my (undef, $flags) = unpack('a16 s', $request);
  $request = pack('a16 s x22', $interface, $flags | 1);
  ioctl($socket, 0x8914, $request) or fail("$interface up: $!");
}

# ---- enter ----------------------------------------------------------------------------------------------------------------------------------

# Keys: pid start cgroup (repeated) user cwd caps (numbers, comma) last_cap no_new_privs rlimit (repeated: number:soft:hard) oom session
# chroot (=1: to the process's own root, where that is not its mount namespace's) setgroups (=deny: the user namespace does not allow it).
# Started as a child of `nsenter --target PID --pid`, so that it is in the pid namespace. Environment: CLOISTER_SET_NAME=VALUE becomes NAME=VALUE.
sub enter {
  my ($one, $many, @command) = keys_and_rest(@_);
  settle($one, $many);
  { no warnings; exec { $command[0] } @command }
  my $error = $! + 0;
  print STDERR "cloister: $command[0]: ", ($error == $ENOENT ? 'command not found' : "$!"), "\n";
  exit($error == $ENOENT ? 127 : 126);
}

# KEY=VALUE... -- REST...
sub keys_and_rest {
  my (%one, %many);
  while (@_ && $_[0] ne '--') { my ($key, $value) = split /=/, shift, 2; $one{$key} = $value; push @{$many{$key}}, $value }
  shift;
  return (\%one, \%many, @_);
}

# Makes this process what a process of the environment is: all but the exec.
sub settle {
  my %one = %{$_[0]};
  my %many = %{$_[1]};
  prctl('not ptraceable', 4, 0);
  $SIG{$_} = 'DEFAULT' for qw(INT QUIT);               # its waiting parent ignores them where they come from a terminal
  my $process = process($one{pid}, $one{start} // '');
  my $mine = readlink '/proc/self/ns/pid';
  fail('not in the pid namespace of the environment') if $mine ne link_at($process, 'ns/pid');
  for my $group (@{$many{cgroup} // []}) { mkdir $group; write_kernel("$group/cgroup.procs", '0') }      # the first of its kind makes `exec` or `p-NAME`
  write_kernel('/proc/self/oom_score_adj', $one{oom}) if defined $one{oom};
  for my $limit (@{$many{rlimit} // []}) {
    my ($resource, $soft, $hard) = split /:/, $limit;
    my $value = pack('QQ', map { $_ < 0 ? ~0 : $_ } $soft, $hard);
    call("resource limit $resource", 'prlimit64', 0, $resource + 0, $value, 0);
  }
  syscall($number{setsid}) unless $one{session};       # a terminal made for this one process is kept; any other is out of reach
  syscall($number{keyctl}, 1, 0);                      # a session keyring of its own; absent in some kernels
  my $root = $one{chroot} && call('root', 'openat', $process, my $name = 'root', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my @joined = join_namespaces($process, qw(cgroup uts ipc net time mnt user));
  if ($root) {
    open(my $directory, '<&=', $root) or fail("root: $!");
    chdir $directory && chroot '.' or fail("root: $!");
  }
  # From here on paths of the root are looked up: through a descriptor of the host's, /proc/self/fd/N/../.. would lead out (CVE-2024-21626).
  syscall($number{close_range}, 3, 0xffffffff, 0);
  become_root($one{setgroups}) if grep { $_ eq 'user' } @joined;
  my ($uid, $gid, $groups, $home) = user($one{user} // '0');
  my %keep = map { $_ => 1 } split /,/, $one{caps} // '';
  for my $capability (0 .. $one{last_cap}) { prctl('bounding set', 24, $capability) unless $keep{$capability} }
  syscall($number{prctl}, 47, 4, 0, 0, 0);             # ambient set: cleared
  my $list = pack('L*', @$groups);
  call('groups', 'setgroups', scalar(@$groups), @$groups ? $list : 0) unless ($one{setgroups} // '') eq 'deny';
  call('gid', 'setresgid', $gid, $gid, $gid);
  call('uid', 'setresuid', $uid, $uid, $uid);
  prctl('not ptraceable', 4, 0);
  drop_inheritable();
  prctl('no_new_privs', 38, 1) if $one{no_new_privs};
  umask 022;
  my %environment;
  for my $name (keys %ENV) { $environment{substr $name, 13} = $ENV{$name} if index($name, 'CLOISTER_SET_') == 0 }
  $environment{HOME} //= $home;
  %ENV = %environment;
  enter_directory($one{cwd} // '/');
}

# Inheritable capabilities pass the bounding set by.
sub drop_inheritable {
  my ($header, $sets) = (pack('LL', 0x20080522, 0), "\0" x 24);
  syscall($number{capget}, $header, $sets) == 0 or fail("capabilities: capget: $!");      # not by call(): the buffer must not be copied
  my @set = unpack 'L6', $sets;
  $sets = pack 'L6', @set[0, 1], 0, @set[3, 4], 0;
  call('capabilities', 'capset', $header, $sets);
}

# Links of the root are followed, but neither a magic one of /proc nor any that leads out; nothing stays open.
sub enter_directory {
  my ($path) = @_;
  my $there = open_following($path, $O_PATH | $O_DIRECTORY);
  fail("working directory $path: $!") if $there < 0;
  open(my $directory, '<&=', $there) or fail("working directory $path: $!");
  chdir $directory or fail("working directory $path: $!");
}

# openat2 within our own root. EAGAIN: something was renamed while `..` was resolved.
sub open_following {
  my ($path, $flags) = @_;
  my $root = call('root', 'openat', $AT_FDCWD, my $slash = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my $how = pack('QQQ', $flags | $O_CLOEXEC, 0, 0x10 | 0x02);
  my $result = -1;
  for (1 .. 100) {
    $result = syscall($number{openat2}, $root, $path, $how, 24);
    last if $result >= 0 || $! != $EAGAIN;
  }
  my $error = $! + 0;
  syscall($number{close_range}, $root, $root, 0);
  $! = $error;
  return $result;
}

sub prctl { my ($what, $option, $value) = @_; call($what, 'prctl', $option + 0, $value + 0, 0, 0, 0) }

sub write_kernel {
  my ($path, $value) = @_;
  open(my $file, '>', $path) or fail("$path: $!");
  defined syswrite($file, $value) or fail("$path: $!");
}

# Names are looked up in the environment's own passwd and group, by reading them: no name service, no code of the root.
sub user {
  my ($text) = @_;
  my ($user, $group) = split /:/, $text, 2;
  my ($uid, $gid, $name, $home) = ($user, undef, undef, '/');
  my $found;
  for my $line (lines('/etc/passwd')) {
    my @field = split /:/, $line;
    next unless @field >= 6 && ($user =~ /^\d+$/ ? $field[2] eq $user : $field[0] eq $user);
    ($name, $uid, $gid, $home, $found) = (@field[0, 2, 3, 5], 1);
    last;
  }
  fail("user $user: not in the environment's /etc/passwd") unless $found || $user =~ /^\d+$/;
  $gid //= 0;
  my @groups;
  for my $line (lines('/etc/group')) {
    my @field = split /:/, $line, -1;
    next unless @field >= 4;
    if (defined $group && $group !~ /^\d+$/ && $field[0] eq $group) { $group = $field[2] }
    push @groups, $field[2] if defined $name && !defined((split /:/, $text, 2)[1]) && grep { $_ eq $name } split /,/, $field[3];
  }
  if (defined $group) {
    fail("group $group: not in the environment's /etc/group") unless $group =~ /^\d+$/;
    $gid = $group;
  }
  # The last number means "leave it as it is" to the kernel, and of larger ones it takes the lower half.
  /^\d{1,10}\z/ && $_ < 0xffffffff or fail("user $text: $_ is no user or group id") for $uid, $gid;
  return ($uid + 0, $gid + 0, [map { $_ + 0 } grep { /^\d{1,10}\z/ && $_ < 0xffffffff } @groups], $home);
}

# A plain file of at most 1 MiB; anything else is as if it were not there (a fifo would hang us).
sub lines {
  my ($path) = @_;
  my $fd = open_following($path, 0x800);
  return () if $fd < 0;
  open(my $file, '<&=', $fd) or return ();
  return () unless -f $file && -s _ <= 1 << 20;
  my @lines = <$file>;
  chomp @lines;
  return @lines;
}

# ---- observe --------------------------------------------------------------------------------------------------------------------------------

# What /proc shows only of the reader's own namespaces: hostname, domainname and sysctls. From one environment to the next in this one process, nothing
# written; of one that ended meanwhile nothing is told.
sub observe {
  my @rest = @_;
  while (@rest) {
    my ($pid, $start) = splice @rest, 0, 2;
    my @names;
    while (@rest && $rest[0] ne '') { push @names, shift @rest }
    shift @rest;
    eval { join_namespaces(process($pid, $start), qw(uts ipc net)); 1 } or next;
    for my $name (@names) {
      my $path = $name =~ /^(?:hostname|domainname)$/ ? "/proc/sys/kernel/$name" : '/proc/sys/' . ($name =~ tr{.}{/}r);
      my $text;
      if (open(my $file, '<', $path)) { $text = <$file> // ''; chomp $text }
      print "$pid $name ", defined $text ? "=$text" : "!$!", "\n";
    }
  }
}
