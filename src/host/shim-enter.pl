# The shim's `enter`: see shim.pl, which loads it.
use strict;
our ($arch, %number, $AT_FDCWD, $AT_EMPTY_PATH, $AT_SYMLINK_NOFOLLOW, $O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL, $CLONE_NEWUSER, $MNT_DETACH,
     %attribute, $ATTR_ATIME, $ATTR_IDMAP, $MS_PRIVATE, $ENOENT, $EAGAIN, $ELOOP, $ENOTDIR, $EEXIST, $EINVAL);

# ---- enter ----------------------------------------------------------------------------------------------------------------------------------

# Keys: pid start cgroup (repeated) user cwd caps (numbers, comma) last_cap no_new_privs rlimit (repeated: number:soft:hard) oom session
# session (=leads: standard input is a terminal that was made for this process, and becomes that of its session)
# output (=own: the standard streams are pipes, or a terminal, that were made for this process, which may open them again as /dev/stdout)
# chroot (=1: to the process's own root, where that is not its mount namespace's) setgroups (=deny: the user namespace does not allow it).
# set (repeated: NAME=VALUE, a variable of the process; in the environment CLOISTER_SET_NAME=VALUE is the same).
# Started as a child of `nsenter --target PID --pid`, or of enter_awaited, so that it is in the pid namespace.
sub enter {
  my ($one, $many, @command) = keys_and_rest(@_);
  settle($one, $many);
  exec { $command[0] } @command;
  my $error = $! + 0;
  print STDERR "cloister: $command[0]: ", ($error == $ENOENT ? 'command not found' : "$!"), "\n";
  exit($error == $ENOENT ? 127 : 126);
}

# Compiled and waiting while the command line still finds out what is to be run. Waits for it.
sub enter_awaited {
  syscall($number{close_range}, 4, 0xffffffff, 0);     # whatever the caller of the command line left open
  open(my $words, '<&=', 3) or fail("descriptor 3: $!");
  my @word = split /\0/, do { local $/; <$words> // '' }, -1;
  close $words;
  exit 0 unless @word;                                 # there was nothing to run after all
  (pop @word) eq 'end' or fail('the command line ended before it had said what to run');
  my $child = enter_in_child(sub {}, @word);
  waitpid $child, 0;
  exit $? >> 8 unless $? & 127;
  my $signal = $? & 127;
  prctl('no core of ours', 4, 0);
  $SIG{(split ' ', 'ZERO HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM')[$signal] // 'TERM'} = 'DEFAULT';
  kill $signal, $$;
  exit 128 + $signal;
}

# ---- control groups -------------------------------------------------------------------------------------------------------------------------

# A process that is moved by cgroup.procs waits some 7 ms for a grace period of RCU, and the forks of the whole machine with it. A child that is born in a group
# (clone3 with CLONE_INTO_CGROUP, v2 alone) does not wait, nor does a thread that moves itself (`tasks`, v1 alone): a process of one thread is the same.
my $born;                                              # the group that this process was born in

# fork, the child in that of the groups that is of v2. Where the kernel does not take it (no such flag, or as many processes as the group may have) it is born
# where we are, and join_groups moves it.
sub fork_into {
  my ($group) = grep { mkdir $_; !-e "$_/tasks" } @_;
  my $fd = defined $group ? syscall($number{openat}, $AT_FDCWD, $group, $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0) : -1;
  my $child = -1;
  if ($fd >= 0) {
    my $sigchld = 17;
    my $clone = pack 'Q11', 0x200000000, 0, 0, 0, $sigchld, 0, 0, 0, 0, 0, $fd;
    $child = syscall($number{clone3}, $clone, length $clone);
    syscall($number{close_range}, $fd, $fd, 0);
  }
  return fork // fail("fork: $!") if $child < 0;
  $born = $group if $child == 0;
  return $child;
}

# The first process of its kind makes `exec` or `p-NAME`.
sub join_groups {
  for my $group (@_) {
    next if defined $born && $group eq $born;
    mkdir $group;
    write_kernel(-e "$group/tasks" ? "$group/tasks" : "$group/cgroup.procs", '0');
  }
}

# `enter` by a child, which is in the pid namespace where we are not; whoever waits for it has joined it as well, for its children alone. The child does FIRST before.
sub enter_in_child {
  my ($first, @word) = @_;
  my ($one, $many) = keys_and_rest(@word);
  call('join pid', 'setns', namespace(process($one->{pid}, $one->{start} // ''), 'pid'), 0);
  my $child = fork_into(@{$many->{cgroup} // []});
  return $child if $child;
  $first->();
  %ENV = ();                                           # what the words say of variables is all that there is
  enter(@word);
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
  $SIG{$_} = 'DEFAULT' for qw(INT QUIT PIPE);          # a shell has what it starts in the background ignore the first two, others ignore the last
  my $process = process($one{pid}, $one{start} // '');
  my $mine = readlink '/proc/self/ns/pid';
  fail('not in the pid namespace of the environment') if $mine ne link_at($process, 'ns/pid');
  join_groups(@{$many{cgroup} // []});
  write_kernel('/proc/self/oom_score_adj', $one{oom}) if defined $one{oom};
  for my $limit (@{$many{rlimit} // []}) {
    my ($resource, $soft, $hard) = split /:/, $limit;
    my $value = pack('QQ', map { $_ < 0 ? ~0 : $_ } $soft, $hard);
    syscall($number{prlimit64}, 0, $resource + 0, $value, 0) == 0 or limit_refused($resource, $hard);
  }
  syscall($number{setsid});                            # any terminal that was not made for this process is out of reach
  ioctl(STDIN, 0x540e, 0) or fail("controlling terminal: $!") if ($one{session} // '') eq 'leads';      # TIOCSCTTY
  syscall($number{keyctl}, 1, 0);                      # a session keyring of its own; absent in some kernels
  my $root = $one{chroot} && call('root', 'openat', $process, my $name = 'root', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  chown_streams(map { slurp_at($process, $_) =~ /^\s*0\s+(\d+)/m } qw(uid_map gid_map)) if $one{output};
  my @joined = join_namespaces($process, qw(cgroup uts ipc net time mnt user));
  if ($root) {
    open(my $directory, '<&=', $root) or fail("root: $!");
    chdir $directory && chroot '.' or fail("root: $!");
  }
  # From here on paths of the root are looked up: through a descriptor of the host's, /proc/self/fd/N/../.. would lead out (CVE-2024-21626).
  syscall($number{close_range}, 3, 0xffffffff, 0);
  become_root($one{setgroups}) if grep { $_ eq 'user' } @joined;
  my ($uid, $gid, $groups, $home) = user($one{user} // '0');
  chown_streams($uid, $gid, $one{user} // '0') if $one{output};
  my %keep = map { $_ => 1 } split /,/, $one{caps} // '';
  for my $capability (0 .. $one{last_cap}) { prctl('bounding set', 24, $capability) unless $keep{$capability} }
  syscall($number{prctl}, 47, 4, 0, 0, 0);             # ambient set: cleared
  my $list = pack('L*', @$groups);
  my $as = $one{user} // '0';
  ($one{setgroups} // '') eq 'deny' || syscall($number{setgroups}, scalar(@$groups), @$groups ? $list : 0) == 0 or not_mapped($as, 'groups', gid => @$groups);
  syscall($number{setresgid}, $gid, $gid, $gid) == 0 or not_mapped($as, 'gid', gid => $gid);
  syscall($number{setresuid}, $uid, $uid, $uid) == 0 or not_mapped($as, 'uid', uid => $uid);
  prctl('not ptraceable', 4, 0);
  drop_inheritable();
  prctl('no_new_privs', 38, 1) if $one{no_new_privs};
  umask 022;
  my %environment;
  for my $name (keys %ENV) { $environment{substr $name, 13} = $ENV{$name} if index($name, 'CLOISTER_SET_') == 0 }
  for my $pair (@{$many{set} // []}) { my ($name, $value) = split /=/, $pair, 2; $environment{$name} = $value }
  $environment{HOME} //= $home;
  %ENV = %environment;
  enter_directory($one{cwd} // '/');
}

# By the names that the manifest has for them, in the kernel's order.
sub limit_refused {
  my ($resource, $hard) = @_;
  my $error = "$!";
  my $name = (qw(cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice rtprio rttime))[$resource] // $resource;
  if ($name eq 'nofile' && open my $file, '<', '/proc/sys/fs/nr_open') {
    chomp(my $most = <$file> // '');
    fail("ulimits: nofile: more than the kernel allows (fs.nr_open is $most)") if $most =~ /^\d+\z/ && ($hard < 0 || $hard > $most);
  }
  my $now = pack('QQ', 0, 0);
  syscall($number{prlimit64}, 0, $resource + 0, 0, $now);
  my $may = (unpack 'QQ', $now)[1];
  fail("ulimits: $name: more than this host gives ($may), and to raise it takes CAP_SYS_RESOURCE") if $may != ~0 && ($hard < 0 || $hard > $may);
  fail("ulimits: $name: prlimit64: $error");
}

# In two steps: the host's root gives them to the environment's, which gives them to whom it becomes. A terminal stays with its group.
sub chown_streams {
  my ($uid, $gid, $as) = @_;
  for my $stream (\*STDIN, \*STDOUT, \*STDERR) {
    next unless -p $stream || -t $stream;
    next if chown($uid, -p _ ? $gid : -1, $stream);
    not_mapped($as, 'standard streams', uid => $uid) if defined $as;
    fail("standard streams: $!");
  }
}

# The kernel's word for an id that the environment's map does not have is EINVAL. $! is read before anything else.
sub not_mapped {
  my ($as, $what, $kind, @ids) = @_;
  my ($error, $invalid) = ("$!", $! == $EINVAL);
  my @ranges = map { /^\s*(\d+)\s+\d+\s+(\d+)/ ? [$1 + 0, $1 + $2 - 1] : () } lines("/proc/self/${kind}_map");
  my ($missing) = grep { my $id = $_; !grep { $id >= $_->[0] && $id <= $_->[1] } @ranges } @ids;
  fail("user $as: $what: $error") if !$invalid || @ranges && !defined $missing;
  my $has = @ranges ? ': it has ' . join ', ', map { $_->[0] == $_->[1] ? $_->[0] : "$_->[0]-$_->[1]" } @ranges : '';
  fail("user $as: no $kind " . ($missing // join ' ', @ids) . " in the environment$has (users in the manifest says which)");
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

1;
