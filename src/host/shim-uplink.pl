# The shim's `uplink` and `uplink-ports`: see shim.pl, which loads it.
use strict;
our (%number, $CLONE_NEWNS, $MS_PRIVATE, $MS_REC, $O_PATH, $O_DIRECTORY, $O_CLOEXEC, $ENOENT);

# ---- uplink ---------------------------------------------------------------------------------------------------------------------------------

# Keys: pid start program cgroup (repeated) forward (repeated, see `forwarded`). Started as a child of `nsenter --target PID --pid`: it ends when the environment does.
# Becomes pasta, or has slirp4netns run, with which the network of the environment reaches what the host reaches: in the host's network namespace, where it opens
# sockets as any user would, with the environment's ids and no more than the capabilities of its user namespace. What it reads comes from a root that may be hostile, so:
# - it is started from a copy that it may execute but not read: the kernel then makes it undumpable from its first instruction on, and asks who would trace it,
#   look at its memory or go through its /proc/PID/root for SYS_PTRACE of the host's user namespace (would_dump in fs/exec.c), which nobody inside has;
# - /dev is a tmpfs of its own with that copy, null and net/tun, which is open to all there: on some hosts it is root's alone;
# - for slirp4netns, which keeps /etc and /run in its root, each is a tmpfs of its own, too; its socket lies in /run, where only who goes through its /proc/PID/root finds it.
# Later it puts itself into namespaces of its own with an empty root, drops all capabilities and filters its system calls.
my %package = (pasta => 'passt', slirp4netns => 'slirp4netns');

sub uplink {
  my ($one, $many, @words) = keys_and_rest(@_);
  prctl('not ptraceable', 4, 0);
  my $name = $one->{program};
  my $process = process($one->{pid}, $one->{start});
  my $mine = readlink '/proc/self/ns/pid';
  fail('not in the pid namespace of the environment') if $mine ne link_at($process, 'ns/pid');
  my ($program) = grep { -x } map { "$_/$name" } qw(/usr/sbin /usr/bin /sbin /bin);
  fail("$name is not installed (package $package{$name})") unless defined $program;
  my $namespace = namespace($process, 'net');
  fail('the environment has the network of the host') if link_at($process, 'ns/net') eq readlink '/proc/self/ns/net';
  fail('the environment has the ids of the host') if link_at($process, 'ns/user') eq readlink '/proc/self/ns/user';
  join_groups(@{$many->{cgroup} // []});
  syscall($number{setsid});
  syscall($number{keyctl}, 1, 0);
  call('mount namespace', 'unshare', $CLONE_NEWNS);
  my ($none, $slash) = ('none', '/');
  call('mounts', 'mount', $none, $slash, 0, $MS_REC | $MS_PRIVATE, 0);
  my %copy = map { $_ => contents("$program$_") } grep { -e "$program$_" } '', '.avx2';
  own_directory('/dev', 'mode=0711,size=8m,nr_inodes=16');
  umask 0;
  mkdir '/dev/net', 0711 or fail("/dev/net: $!");
  for (['/dev/null', 1, 3], ['/dev/net/tun', 10, 200]) {
    my ($path, $major, $minor) = @$_;
    call($path, 'mknodat', -100, $path, 020666, $major << 8 | $minor);
  }
  for my $suffix (keys %copy) {
    open(my $file, '>', "/dev/$name$suffix") or fail("/dev/$name$suffix: $!");
    print $file $copy{$suffix};
    close $file or fail("/dev/$name$suffix: $!");
    chmod 0711, "/dev/$name$suffix" or fail("/dev/$name$suffix: $!");
  }
  if ($name eq 'slirp4netns') {
    own_directory('/etc', 'mode=0755,size=4k,nr_inodes=4');
    own_directory('/run', 'mode=0777,size=64k,nr_inodes=8');
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
  return slirp4netns([@words], "/proc/self/fd/$namespace", $many->{forward} // []) if $name eq 'slirp4netns';
  exec { '/dev/pasta' } 'pasta', @words, '--netns-only', '--netns', "/proc/self/fd/$namespace";
  fail("$program: $!");
}

sub own_directory {
  my ($path, $options) = @_;
  my $tmpfs = 'tmpfs';
  call($path, 'mount', $tmpfs, $path, $tmpfs, 2, $options);
}

# It stays a child of ours until it says that it is ready, which comes last; then it publishes ports, and is the environment's.
sub slirp4netns {
  my ($words, $network, $forwards) = @_;
  # A port is a descriptor, and a connection too. Pasta takes for itself as many as it may have.
  my $limit = "\0" x 16;
  syscall($number{prlimit64}, 0, 7, 0, $limit) == 0 or fail("open files: prlimit64: $!");      # not by call(): the buffer must not be copied
  my (undef, $most) = unpack 'QQ', $limit;
  call('open files', 'prlimit64', 0, 7, pack('QQ', $most, $most), 0);
  pipe(my $ready, my $told) or fail("pipe: $!");
  my $child = fork // fail("fork: $!");
  if ($child == 0) {
    open(STDOUT, '>', '/dev/null') && open(STDERR, '>', '/run/log') or exit 125;
    fcntl $told, 2, 0 or exit 125;
    exec { '/dev/slirp4netns' } 'slirp4netns', @$words, '--ready-fd=' . fileno $told, $network, 'eth0';
    exit 125;
  }
  close $told;
  my $done = eval {
    my ($waiting, $answer) = ('', '');
    vec($waiting, fileno $ready, 1) = 1;
    select($waiting, undef, undef, 10) > 0 && sysread($ready, $answer, 1) or die join(' ', 'slirp4netns:', split /\n/, contents('/run/log')), "\n";
    publish('/run/api', map { "+$_" } @$forwards);
    1;
  };
  return if $done;
  my $why = $@;
  kill 'KILL', $child;
  waitpid $child, 0;
  chomp $why;
  fail($why);
}

# uplink-ports PID START CHANGE...: ports of a slirp4netns that runs, each of them +FORWARD or -FORWARD.
sub uplink_ports {
  my ($pid, $start, @changes) = @_;
  my $socket = slirp_socket(process($pid, $start)) // fail("slirp4netns (pid $pid) has no socket: $!");
  eval { publish($socket, @changes); 1 } or do { chomp(my $why = $@); fail($why) };
}

# FORWARD: PROTOCOL/ADDRESS/PORT/PORT INSIDE. What is to be there and is already is made anew: nobody may listen for it any more.
sub publish {
  my ($socket, @changes) = @_;
  my %known = @changes ? slirp_forwards($socket) : ();
  for (@changes) {
    my ($sign, $protocol, $address, $port, $to) = m{^([+-])(tcp|udp)/([\d.]+)/(\d+)/(\d+)$} or die "no port: $_\n";
    my $id = (delete $known{"$protocol/$address/$port"} // {})->{id};
    my $what = "port $port/$protocol of the host";
    slirp_ask($socket, qq({"execute":"remove_hostfwd","arguments":{"id":$id}})) =~ /"return"/ or die "$what: slirp4netns does not end it\n" if defined $id;
    next if $sign eq '-';
    my $asked = qq({"execute":"add_hostfwd","arguments":{"proto":"$protocol","host_addr":"$address","host_port":$port,"guest_addr":"10.0.2.15","guest_port":$to}});
    slirp_ask($socket, $asked) =~ /"return"/ or die "$what: slirp4netns cannot open it: is it in use?\n";
  }
}

# What it says that it publishes, by PROTOCOL/ADDRESS/PORT.
sub slirp_forwards {
  my ($socket) = @_;
  my $answer = slirp_ask($socket, '{"execute":"list_hostfwd"}');
  $answer =~ s/^\{"entries":\[(.*)\]\}\s*$/$1/s or die "slirp4netns does not say what it publishes\n";
  my %found;
  while ($answer =~ /\{([^{}]*)\}/g) {
    my %field = $1 =~ /"(\w+)":"?([\w.]+)/g;
    $found{"$field{proto}/$field{host_addr}/$field{host_port}"} = \%field;
  }
  return %found;
}

# One request, one answer. It comes from a process that has read what a root sent: no more than so much, and not for ever.
sub slirp_ask {
  my ($path, $request) = @_;
  local $SIG{PIPE} = 'IGNORE';
  socket(my $socket, 1, 1, 0) or die "socket: $!\n";
  setsockopt($socket, 1, $_, pack('qq', 2, 0)) or die "socket: $!\n" for 20, 21;      # SO_RCVTIMEO, SO_SNDTIMEO
  connect($socket, pack('S a108', 1, $path)) or die "slirp4netns: $!\n";
  syswrite($socket, $request) or die "slirp4netns: $!\n";
  my $answer = '';
  while (length $answer < 1 << 20) {
    my $count = sysread($socket, $answer, 65536, length $answer) // die "slirp4netns: $!\n";
    last if $count == 0;
  }
  return $answer;
}

# Its socket, as a path by a descriptor: its root is its own, where nothing is followed. undef, and $!, where it has none.
my $api;
sub slirp_socket {
  my ($process) = @_;
  my $root = syscall($number{openat}, $process, my $path = 'root', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  return undef if $root < 0;
  my $fd = open_inside($root, 'run/api', $O_PATH);
  my $why = $!;
  close_descriptors($root);
  $! = $why;
  return undef if $fd < 0;
  open($api, '<&=', $fd) or return undef;
  return "/proc/self/fd/$fd";
}

# forwards/GROUP of `observe`: what the slirp4netns in the keeper's control group publishes, PROTOCOL/ADDRESS/PORT/PORT INSIDE each. undef, and $!, where there is none
# that answers. The keeper itself has the root of the environment, in which anybody may listen.
sub forwards_seen {
  my ($keeper, $group) = @_;
  $group =~ s/%([0-9A-F]{2})/chr hex $1/ge;
  open(my $list, '<', "$group/cgroup.procs") or return undef;
  for my $pid (grep { $_ ne $keeper } map { /^(\d+)$/ ? $1 : () } <$list>) {
    my $process = eval { process($pid, '') } // next;
    my $socket = slirp_socket($process);
    close_descriptors($process);
    my %found = eval { defined $socket ? slirp_forwards($socket) : die } or $@ eq '' or next;
    return join ' ', map { "$_/$found{$_}{guest_port}" } sort keys %found;
  }
  $! = $ENOENT;
  return undef;
}

sub contents {
  my ($path) = @_;
  open(my $file, '<', $path) or fail("$path: $!");
  local $/;
  return scalar(<$file>) // '';
}

1;
