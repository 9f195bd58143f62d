# The shim's `attach`: see shim.pl, which loads it, for its operations.
use strict;
our ($arch, %number, $AT_FDCWD, $AT_EMPTY_PATH, $AT_SYMLINK_NOFOLLOW, $O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL, $CLONE_NEWUSER, $CLONE_NEWNS, $MNT_DETACH,
     %attribute, $ATTR_ATIME, $ATTR_IDMAP, $MS_PRIVATE, $MS_UNBINDABLE, $MS_REC, $ENOENT, $EAGAIN, $ELOOP, $ENOTDIR, $EEXIST, $EINVAL, $EBUSY);

# ---- assemble -------------------------------------------------------------------------------------------------------------------------------

# Joins the environment's uts, ipc and net namespaces and makes a mount namespace that nobody else sees, in which native mount makes the file systems of
# FSTAB, all in one process; nothing hostile is in it. A proc is of the pid namespace of who mounts it: that mount alone enters it, for whoever is in there
# could stop a process of ours.
sub assemble {
  my ($pid, $start, $stage, $base, $fstab, @rest) = @_;
  my $process = process($pid, $start);
  join_namespaces($process, qw(uts ipc net));
  call('staging', 'unshare', $CLONE_NEWNS);
  call('staging', 'mount', my $none = 'none', my $slash = '/', 0, $MS_REC | $MS_PRIVATE, 0);
  my $mounted = in_pid_namespace(has_proc($fstab) ? $process : undef, sub {
    return apart(sub { exec 'mount', '-i', '-c', '-a', '-T', $fstab or fail("mount: $!") });
  });
  attach_after($mounted, $pid, $start, $stage, $base, @rest);
}

# What is started meanwhile is in the pid namespace of the process; we never are.
sub in_pid_namespace {
  my ($process, $body) = @_;
  return $body->() unless defined $process;
  my $own = call('own pid', 'openat', $AT_FDCWD, my $path = '/proc/self/ns/pid', $O_CLOEXEC, 0);
  call('join pid', 'setns', namespace($process, 'pid'), 0);
  my $result = $body->();
  call('own pid', 'setns', $own, 0);
  return $result;
}

# In a child, for whose end what is returned waits; what it printed says why it failed.
sub apart {
  my ($body) = @_;
  my $child = fork // fail("fork: $!");
  if (!$child) { $body->(); exit 0 }
  return sub {
    waitpid $child, 0;
    exit($? & 127 ? 128 + ($? & 127) : $? >> 8) if $?;
  };
}

sub has_proc { my ($fstab) = @_; open(my $file, '<', $fstab) or fail("$fstab: $!"); return scalar grep { (split / /)[2] eq 'proc' } <$file> }

# ---- attach ---------------------------------------------------------------------------------------------------------------------------------

my %beneath;                                           # by target: the mount that was put there last beneath another one

sub attach { attach_after(sub { }, @_) }

# The layers of the root are opened while the staging directory is being made. What is to be a mount of its own is not: mountinfo has mounts in the order in which
# they came to be, and whoever takes them away goes from the last to the first.
sub attach_after {
  my ($staged, $pid, $start, $stage, $base, @rest) = @_;
  prctl('not ptraceable', 4, 0);
  my $process = process($pid, $start);
  my @operations;
  while (@rest) { my $count = shift @rest; push @operations, [splice @rest, 0, $count] }

  my %last;                                            # the root's flags; read-only only when all targets are made
  my (%source, %directory);                            # by index of the operation: detached mount, and whether it is a directory
  my (%content, %digester);                            # likewise: what a file is to hold, and what tells the digest of one inside
  part('files') if grep { $_->[0] =~ /^(?:file|secret)/ } @operations;
  for my $i (0 .. $#operations) {
    my ($name, @operand) = @{$operations[$i]};
    if    ($name eq 'layer')           { $source{$i} = -d $operand[1] ? source($operand[1]) : image($operand[1]) }
    elsif ($name eq 'layer-directory') { $source{$i} = source($operand[1]) }
  }
  $staged->();
  chdir $stage or fail("$stage: $!");
  my $root;
  for my $i (0 .. $#operations) {
    my ($name, @operand) = @{$operations[$i]};
    $last{$operand[-1]} = 1 if $name =~ /^root-/;
    if    ($name eq 'layer')        { layer(delete $source{$i}, $operand[0], $operand[2], $process, $operand[1]) }
    elsif ($name eq 'layer-directory') { layer(delete $source{$i}, $operand[0], $operand[2], $process) }
    elsif ($name eq 'root-overlay') { $root = overlay(@operand) }
    elsif ($name eq 'root-layer')   { $root = stack($operand[0]); attributes($root, writable($operand[1])) }
    elsif ($name eq 'staged')       { chown $base, $base, $operand[0]; $source{$i} = clone($operand[0]); attributes($source{$i}, $operand[2]) }
    elsif ($name eq 'overlaid')     { $source{$i} = overlaid($process, $base, @operand) }
    elsif ($name eq 'sysctl')       { sysctl($base, @operand) }
    elsif ($name eq 'link-up')      { link_up($operand[0]) }
    elsif ($name eq 'file')         { $content{$i} = staged_file($operand[1]) }
    elsif ($name eq 'file-of')      { $content{$i} = source_file(@operand[1, 6, 7]) }
    elsif ($name eq 'file-gone')    { $digester{$i} = digester() }
    elsif ($name eq 'secret')       { $content{$i} = pack('H*', $operand[1]) }
    elsif ($name eq 'bind')         { $source{$i} = source($operand[0]); idmap($source{$i}, $operand[2], $process, $operand[0]); attributes($source{$i}, $operand[3]) }
  }
  for my $i (keys %source) { my @stat = stat "/proc/self/fd/$source{$i}"; $directory{$i} = @stat && ($stat[2] & 0170000) == 0040000 }
  my $host = grep({ $_->[0] eq 'reconfigure' } @operations) ? host_devices() : {};
  my $host_root = grep({ $_->[0] eq 'binfmt' } @operations) ? host_root() : undef;
  my @masks = masks(scalar grep { $_->[0] eq 'mask' } @operations);

  await_keeper($process) if defined $root;
  my $user = namespace($process, 'user');
  my $own_user = link_at($process, 'ns/user') ne readlink '/proc/self/ns/user';
  join_namespaces($process, 'mnt') or fail('the environment has no mount namespace of its own');
  for my $operation (@operations) { reconfigure($host, @$operation[1 .. 3]) if $operation->[0] eq 'reconfigure' }      # with the credentials that made the file system
  if ($own_user) { call('join user', 'setns', $user, 0); become_root() }
  if (defined $root) { pivot($root) }
  else { $root = call('root', 'openat', $AT_FDCWD, my $path = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0) }

  umask 0;
  my @left = 0 .. $#operations;
  my $at;                                              # the operation that is being carried out
  my $put = sub {
    my ($i) = @_;
    my ($name, @operand) = @{$operations[$i]};
    if    ($name eq 'staged') { put($root, $source{$i}, $operand[1], $operand[3], 1) }
    elsif ($name eq 'bind')   { put($root, $source{$i}, $operand[1], $operand[4], $directory{$i}) }
    elsif ($name eq 'overlaid') { put($root, $source{$i}, $operand[3], $operand[6], 1) }
    elsif ($name eq 'again')  { again($root, @operand) }
    elsif ($name eq 'mask')   { mask($root, $operand[0], shift @masks) }
    elsif ($name eq 'binfmt') { interpreter($root, $host_root, @operand) }
    elsif ($name eq 'link')   { make_link($root, @operand) }
    elsif ($name eq 'set')    { attributes(target($root, $operand[0], 0, 0), $operand[1], $operand[0]) }
    elsif ($name eq 'private') { set_attributes(target($root, $operand[0], 0, 0), 0, 0, 0, "propagation of $operand[0]") }
    elsif ($name eq 'detach') { detach($root, @operand) }
    elsif ($name =~ /^(?:file(?:-of)?|secret)$/) { write_file($root, delete $content{$i}, $operand[0], @operand[2 .. 5]) }
    elsif ($name eq 'file-gone') { remove_file($root, delete $digester{$i}, @operand) }
    elsif ($name eq 'secret-gone') { remove_secret($root, @operand) }
  };
  my $done = eval {
    for my $operation (@operations) { refuse_link($root, $operation->[1]) if $operation->[0] eq 'refuse-link' }
    while (defined($at = shift @left)) { $put->($at) }
    shown($root, $_, $beneath{$_}) for keys %beneath;
    1;
  };
  my $why = $@;
  # A start that fails may be kept and looked at from inside: the other mounts are made, and what confines those; nothing below one that is not there.
  if (!$done && %last) {
    my $missing = defined $at ? target_of(@{$operations[$at]}) // '' : '';
    for my $i (@left) {
      my $target = target_of(@{$operations[$i]}) // next;
      eval { $put->($i) } unless $missing ne '' && "$target/" =~ m{^\Q$missing\E/};
    }
  }
  attributes($root, $_, 'flags of the root') for keys %last;
  fail($why =~ s/\n\z//r) unless $done;
}

# Where an operation mounts something; undef for the others.
sub target_of {
  my ($name, @operand) = @_;
  my %index = (staged => 1, bind => 1, overlaid => 3, mask => 0, again => 0);
  return exists $index{$name} ? $operand[$index{$name}] : undef;
}

# What was put beneath must show by now where it was to be.
sub shown {
  my ($root, $path, $id) = @_;
  my $there = open_inside($root, $path, $O_PATH);
  fail("target $path: was moved away while it was mounted over") unless $there >= 0 && mount_id($there) == $id;
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

# An erofs image, read from its file where the kernel can (6.12), else as src/host/shim-image.pl says.
sub image {
  my ($file) = @_;
  my $erofs = knows('erofs');
  my $mount = $erofs ? eval { fresh('erofs', ['source', $file], ['ro']) } : undef;
  return $mount if defined $mount;
  part('image');
  return by_other_means($file, $erofs);
}

# Whether the kernel has a file system, or a module for it.
sub knows {
  my ($type) = @_;
  for my $loaded (0, 1) {
    open(my $list, '<', '/proc/filesystems') or fail("/proc/filesystems: $!");
    return 1 if grep { /^(?:nodev)?\t\Q$type\E$/ } <$list>;
    last if $loaded || !-x '/sbin/modprobe';
    system('/sbin/modprobe', '-q', $type);
  }
  return 0;
}

sub show_image {
  my ($file, $directory) = @_;
  my $mount = -d $file ? clone($file) : image($file);
  attributes($mount, 'ro,nosuid,nodev,noexec');
  call($directory, 'move_mount', $mount, my $empty = '', $AT_FDCWD, $directory, 4);
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

# Changes of this mount go to an upper on a file system of its own; its name in mountinfo tells the source (see resources/mount-state.ts).
sub overlaid {
  my ($process, $base, $name, $upper, $source, $target, $idmap, $flags) = @_;
  layer(source($source), $name, $idmap, $process);
  for my $part ('u', 'w') { mkdir "$upper/$part" or fail("$target: $!"); chown $base, $base, "$upper/$part" }
  chown((stat "l/$name")[4, 5], "$upper/u");
  my $mount = fresh('overlay', ['source', 'overlay'], ['lowerdir', "l/$name"], ['upperdir', "$upper/u"], ['workdir', "$upper/w"]);
  attributes($mount, $flags);
  return $mount;
}

# Two layers that hold the same are one. What cannot be id-mapped is copied with other owners where `stored` says that it is in a store.
sub layer {
  my ($mount, $name, $idmap, $process, $stored) = @_;
  return release($mount) if -d "l/$name";
  if (!eval { idmap($mount, $idmap, $process, "l/$name"); 1 }) {
    fail($@ =~ s/\n\z//r) unless $! == $EINVAL && defined $stored;
    part('image');
    $mount = shifted($mount, $stored, $idmap, $process);
  }
  mkdir 'l'; mkdir "l/$name" or fail("l/$name: $!");
  call("l/$name", 'move_mount', $mount, my $empty = '', $AT_FDCWD, my $path = "l/$name", 4);
}

# The names are relative and short on purpose: they stand in mountinfo, where a plan reads which root and which upper run.
sub overlay {
  my ($name, $alias, $upper, $work, $flags) = @_;
  mkdir $alias =~ m{^(\w+)/} ? $1 : fail("bad name $alias");
  symlink($upper, $alias) or fail("$alias: $!");
  symlink($work, "$alias.work") or fail("$alias.work: $!");
  my $mount = fresh('overlay', ['source', 'overlay'], ['lowerdir', lowers($name)], ['upperdir', $alias], ['workdir', "$alias.work"], ['metacopy', 'on']);
  attributes($mount, writable($flags));
  return $mount;
}

# One layer as it is, or several over each other; nobody can write to it.
sub stack {
  my ($names) = @_;
  my $lowers = lowers($names);
  return $lowers =~ /:/ ? fresh('overlay', ['source', 'overlay'], ['lowerdir', $lowers]) : clone($lowers);
}

# As the kernel takes them: from the highest on.
sub lowers { my %seen; return join ':', map { "l/$_" } grep { !$seen{$_}++ } reverse split /[+]/, $_[0] }

# Sets the flags of a mount: those named are set, the others cleared.
sub attributes {
  my ($mount, $flags, $what) = @_;
  my $set = 0;
  my ($unbindable, @flag) = (scalar(grep { $_ eq 'unbindable' } split /,/, $flags), grep { $_ ne 'unbindable' } split /,/, $flags);
  $set |= $attribute{$_} // fail("unknown mount flag $_") for @flag;
  my $clear = ($attribute{ro} | $attribute{nosuid} | $attribute{nodev} | $attribute{noexec} | $attribute{nodiratime} | $attribute{nosymfollow}) & ~$set;
  $clear |= $ATTR_ATIME;                               # none set: relatime
  set_attributes($mount, $set, $clear, 0, $what // 'mount flags', $unbindable ? $MS_UNBINDABLE : $MS_PRIVATE);
}

sub set_attributes {
  my ($mount, $set, $clear, $user, $what, $propagation) = @_;
  my $structure = pack('QQQQ', $set, $clear, $propagation // $MS_PRIVATE, $user);
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
  my $name;
  for (1 .. 20000) {
    $name = slurp_at($process, 'comm');
    return if $name =~ /^catatonit$/;
    select undef, undef, undef, 0.00025;
  }
  chomp $name;
  fail("the keeper did not become the reaper within 5 s: $name has not ended, or did not start the next one");
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

sub target {
  my ($root, $path, $create, $directory) = @_;
  my $flags = $O_PATH | ($directory ? $O_DIRECTORY : 0);
  my $fd = open_inside($root, $path, $flags);
  if ($fd < 0 && $! == $ENOENT && $create) { make($root, $path, $directory); $fd = open_inside($root, $path, $flags) }
  return $fd if $fd >= 0;
  fail("target $path: is or goes through something that is not a directory") if $! == $ENOTDIR;
  fail("target $path: is or goes through a symbolic link, which leads to " . canonical($root, $path)) if $! == $ELOOP;
  fail("target $path: does not exist") if $! == $ENOENT;
  fail("target $path: $!");
}

# Where a path inside leads, its symbolic links followed inside; for people only.
sub canonical {
  my ($root, $path) = @_;
  my @rest = split m{/}, $path;
  my @done;
  my $links = 0;
  while (@rest) {
    my $part = shift @rest;
    next if $part eq '' || $part eq '.';
    if ($part eq '..') { pop @done; next }
    my $here = open_inside($root, join('/', @done), $O_PATH | $O_DIRECTORY);
    my $text = "\0" x 4096;
    my $length = $here < 0 ? -1 : syscall($number{readlinkat}, $here, $part, $text, 4095);
    if ($length < 0 || ++$links > 40) { push @done, $part; next }
    $text = substr $text, 0, $length;
    @done = () if $text =~ m{^/};
    unshift @rest, split m{/}, $text;
  }
  return '/' . join '/', @done;
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

sub put {
  my ($root, $mount, $path, $create, $directory) = @_;
  if ($create eq 'beneath') { beneath($root, $mount, $path, $directory); $beneath{$path} = mount_id($mount) }
  else { place($root, $mount, target($root, $path, $create, $directory), $path) }
  release($mount);
}

# Under what is mounted there: when that goes, ours shows, and at no moment nothing.
sub beneath {
  my ($root, $mount, $path, $directory) = @_;
  my $there = target($root, $path, 0, $directory);
  call("mount beneath $path", 'move_mount', $mount, my $from = '', $there, my $to = '', 4 | 0x40 | 0x200);
  release($there);
}

# A descriptor on a mount keeps it from being unmounted.
sub release { my ($fd) = @_; if (open(my $handle, '<&=', $fd)) { close $handle } }

# The target is a descriptor, so that nothing outside can be hit; whoever renames inside meanwhile could still have it land elsewhere in there.
sub place {
  my ($root, $mount, $target, $path) = @_;
  call("mount at $path", 'move_mount', $mount, my $from = '', $target, my $to = '', 4 | 0x40);
  my $there = open_inside($root, $path, $O_PATH);
  if ($there >= 0 && mount_id($there) == mount_id($mount)) { release($there); return }
  if (open(my $handle, '<&=', $mount)) { chdir $handle and syscall($number{umount2}, my $here = '.', $MNT_DETACH) }
  fail("target $path: was moved away while it was mounted over");
}

# The identity of the mount on which a descriptor is.
sub mount_id { my ($fd) = @_; return unpack 'x144 Q', status_of($fd) }

sub again {
  my ($root, $path, $flags) = @_;
  my $there = open_inside($root, $path, $O_PATH);
  fail("read-only path $path: does not exist") if $there < 0 && $! == $ENOENT;
  fail("read-only path $path: $!") if $there < 0;
  my $copy = call($path, 'open_tree', $there, my $empty = '', 1 | $O_CLOEXEC | $AT_EMPTY_PATH);
  attributes($copy, $flags);
  place($root, $copy, $there, $path);
}

sub mask {
  my ($root, $path, $mask) = @_;
  my $there = open_inside($root, $path, $O_PATH);
  fail("masked path $path: does not exist") if $there < 0 && $! == $ENOENT;
  fail("masked path $path: $!") if $there < 0;
  my $directory = open_inside($root, $path, $O_PATH | $O_DIRECTORY) >= 0;
  place($root, $directory ? $mask->{directory} : $mask->{file}, $there, $path);
}

# The host's file tree, as it is while we are there: a copy of its mounts, which stays whole when we have left them.
sub host_root { return call('/', 'open_tree', $AT_FDCWD, my $path = '/', 1 | $O_CLOEXEC | 0x8000) }

# The kernel opens the interpreter by the root of who writes, and with the rights of who opened `register`: a child goes back to the host's root for that one
# write, with the credentials of the environment. What was registered by that name goes first: the instance lives on where somebody has it mounted elsewhere.
sub interpreter {
  my ($root, $host, $path, $registration, $flags) = @_;
  my (undef, $name) = split /:/, $registration;
  my $mount = fresh('binfmt_misc');
  my $old = syscall($number{openat}, $mount, $name, 1 | $O_CLOEXEC, 0);
  write_descriptor($old, '-1', $name) if $old >= 0;
  write_descriptor(call('binfmt_misc', 'openat', $mount, my $status = 'status', 1 | $O_CLOEXEC, 0), '1', 'status');
  my $register = call('binfmt_misc', 'openat', $mount, my $file = 'register', 1 | $O_CLOEXEC, 0);
  apart(sub {
    open(my $directory, '<&=', $host) or fail("binfmt_misc: the host's root: $!");
    chdir $directory && chroot '.' or fail("binfmt_misc: the host's root: $!");
    write_descriptor($register, $registration, $name);
  })->();
  close_descriptors($register);
  attributes($mount, $flags);
  put($root, $mount, $path, 0, 1);
}

sub write_descriptor {
  my ($fd, $text, $what) = @_;
  open(my $file, '>&=', $fd) or fail("binfmt_misc $what: $!");
  defined syswrite($file, $text) or fail("binfmt_misc: $what: $!");
  close $file;
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
  my $flags = 8 | ($lazy ? $MNT_DETACH : 0);
  # Whoever opens a file and closes it again, or looks at /proc/PID/fd, holds the mount for a moment.
  for my $again (1 .. 200) {
    last if syscall($number{umount2}, $name, $flags) == 0 || $! == $ENOENT || $! == $EINVAL;
    fail("unmount $path: $!") if $! != $EBUSY || $again == 200;
    select undef, undef, undef, 0.0005;
  }
  chdir '/';
}

# `MAJOR:MINOR` of every file system that the host has mounted.
sub host_devices {
  open(my $table, '<', '/proc/self/mountinfo') or fail("mountinfo: $!");
  return { map { (split / /)[2] => 1 } <$table> };
}

# `foreign BASE COMMAND...`: as root of a user namespace of its own, whose ids are BASE and those after it on the host and own nothing there but what it writes.
sub foreign {
  my ($base, @command) = @_;
  call('join user', 'setns', user_namespace("u:0:$base:65536;g:0:$base:65536"), 0);
  become_root();
  exec { $command[0] } @command or fail("$command[0]: $!");
}

# Where somebody inside has put a file system of the host's (they need CAP_SYS_ADMIN for it, and a bind mount of one), that is left as it is.
sub reconfigure {
  my ($host, $path, $key, $value) = @_;
  my $root = call('root', 'openat', $AT_FDCWD, my $slash = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  my $there = target($root, $path, 0, 1);
  my $status = status_of($there);
  fail("target $path: what lies there is a file system of the host") if $host->{join ':', unpack 'x136 L L', $status};
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

1;
