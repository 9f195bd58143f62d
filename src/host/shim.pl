# The shim: what util-linux 2.38 cannot do here, by perl-base alone (Essential on Debian and Ubuntu). No module is loaded and no file of a root is
# read before the process has become what it is to be inside; every target inside is resolved by openat2 and handled by descriptor, never by path.
#
#   ARCH: x64, arm64, or self
#   shim.pl ARCH attach PID START STAGE BASE  N OPERATION OPERAND...  N OPERATION OPERAND...      (N counts the operation and its operands)
#   shim.pl ARCH assemble PID START STAGE BASE FSTAB  N OPERATION OPERAND...      (attach, with what comes before it: see shim-attach.pl)
#   shim.pl ARCH serve [PART...]                                  (observe, assemble and more, asked for on standard input: src/host/shim-serve.pl)
#   shim.pl ARCH enter KEY=VALUE... -- COMMAND ARG...
#   shim.pl ARCH terminal FORM SOCKET PID START COMMAND ARG...    (COMMAND on a terminal of the environment, or on pipes, that others can attach to: src/host/shim-terminal.pl)
#   shim.pl ARCH enter-awaited                                    (likewise; its words come NUL-separated on descriptor 3, and `end` last)
#   shim.pl ARCH adjust pid=PID start=START raises=1|0 join=PID:START:DIRECTORY... process=PID:START... group=DIRECTORY... oom=SCORE rlimit=NUMBER:SOFT:HARD...
#   shim.pl ARCH signal PID START NUMBER                          (a signal to that process, where it has not ended)
#   shim.pl ARCH observe  PID START NAME...  "" PID START NAME...                                (read-only: one line per name)
#   shim.pl ARCH image FILE DIRECTORY                                (an erofs image or a tree, read-only, at a directory of the mount namespace that we were started in)
#   shim.pl ARCH layer BASE NETWORK DIRECTORY OPERATION COUNT LOWER... OPERAND...   (a layer of a root: src/host/shim-layer.pl)
#   shim.pl ARCH foreign BASE COMMAND ARG...                      (as root of a user namespace of its own: what is registered in there counts there alone)
#   shim.pl ARCH adopt BASE DIRECTORY                             (what a layer's processes have left becomes what an image holds: likewise)
#   shim.pl ARCH uncover UPPER PATH...                            (in an overlay that nobody has mounted: what its directories at PATH cover of the root is seen again)
#   shim.pl ARCH install KEY=VALUE... -- NAME...                   (packages, in an environment that runs: src/host/shim-packages.pl)
#   shim.pl ARCH copy KEY=VALUE... -- send|receive PATH           (one end of a copy, inside or on the host: src/host/shim-copy.pl)
#   shim.pl ARCH listen                                           (read-only: tells changes of mount tables and deaths: src/host/shim-listen.pl)
#   shim.pl ARCH probe FILE KEY=VALUE... -- KEY=VALUE...             enters like `enter`, then tries what must not work (src/host/probe.pl)
#
# adjust sets what belongs to single processes (src/host/shim-adjust.pl says how none is missed, and none hit that is not meant).
#
# attach runs in a staging mount namespace that assemble makes, with the host's credentials, in STAGE. First it clones every source (detached), then it joins the
# environment's mount and user namespaces, becomes its root (kuid BASE), and places each clone. Operations:
#   layer NAME SOURCE IDMAP            an erofs image or a directory becomes STAGE/l/NAME
#   layer-directory NAME SOURCE IDMAP  likewise, of a directory only
#   root-overlay NAMES ALIAS UPPER WORK FLAGS   the environment's root: overlay of l/NAME (NAMES: all layers from the lowest on, joined by +), ALIAS (a link to UPPER), ALIAS.work (to WORK)
#   root-layer NAMES FLAGS             the environment's root: the layers themselves
#   staged NAME TARGET FLAGS CREATE    a file system mounted at STAGE/NAME goes to TARGET
#   bind SOURCE TARGET IDMAP FLAGS CREATE
#   again TARGET FLAGS                 TARGET over itself with more flags (a read-only path)
#   mask TARGET                        the host's /dev/null, or an empty read-only tmpfs, over TARGET
#   link PATH TEXT                     a symbolic link
#   refuse-link PATH                   fail, before anything is made, if PATH of the root is there and no directory
#   set TARGET FLAGS                   the flags of the mount at TARGET, all of them
#   overlaid NAME UPPER SOURCE TARGET IDMAP FLAGS CREATE   an overlay of SOURCE (which becomes l/NAME), its upper on the file system at STAGE/UPPER
#   binfmt TARGET REGISTRATION FLAGS   the binfmt_misc of the environment's user namespace, with that entry; its interpreter is the host's
#   reconfigure TARGET KEY VALUE       an option of the file system at TARGET (a tmpfs's size)
#   private TARGET                     nothing mounted below it is passed on, nor anything passed to it
#   detach TARGET LAZY                 unmount
#   sysctl NAME VALUE                  in the uts, ipc and net namespaces that we were started in (kernel.hostname too)
#   link-up INTERFACE                  likewise
#   file TARGET FROM UID GID MODE LINK      a regular file of the root, by its ids inside; FROM is a file of ours on the host, which is taken away.
#                                      LINK 1: a symbolic link at TARGET itself is replaced
#   file-of TARGET SOURCE UID GID MODE LINK SIZE SHA256      likewise, of a file of the host that must hold what it held when it was planned
#   file-gone TARGET UID GID MODE SIZE SHA256  take it away, if it is still that (with another id map nothing of before is)
#   secret TARGET VALUE UID GID MODE LINK   as `file`; VALUE is what it is to hold, in hexadecimal: asked for on standard input alone
#   secret-gone TARGET                 take it away, if it is a regular file
# IDMAP: none | keeper | u:DISK:KERNEL:COUNT,...;g:DISK:KERNEL:COUNT,...     FLAGS: ro,nosuid,...,unbindable or ""     CREATE: 1 | 0 | beneath
# (beneath: there is a mount at TARGET, and ours goes under it; `detach` then takes away what lies on top)
use strict;

our $arch = shift // die "shim: no architecture\n";
$arch = own_architecture() if $arch eq 'self';
our %number = $arch eq 'x64'
  ? (mount => 165, unshare => 272, setns => 308, pivot_root => 155, umount2 => 166, prctl => 157, prlimit64 => 302, setgroups => 116, setresuid => 117,
     setresgid => 119, setsid => 112, capget => 125, capset => 126, statx => 332, keyctl => 250, readlinkat => 267, uname => 63, fchownat => 260, mkdirat => 258, symlinkat => 266, openat => 257, unlinkat => 263,
     renameat => 264, dup3 => 292, memfd_create => 319, mknodat => 259, rt_sigprocmask => 14, signalfd4 => 289, clock_gettime => 228)
  : $arch eq 'arm64'
  ? (mount => 40, unshare => 97, setns => 268, pivot_root => 41, umount2 => 39, prctl => 167, prlimit64 => 261, setgroups => 159, setresuid => 147,
     setresgid => 149, setsid => 157, capget => 90, capset => 91, statx => 291, keyctl => 219, readlinkat => 78, uname => 160, fchownat => 54, mkdirat => 34, symlinkat => 36, openat => 56, unlinkat => 35,
     renameat => 38, dup3 => 24, memfd_create => 279, mknodat => 33, rt_sigprocmask => 135, signalfd4 => 74, clock_gettime => 113)
  : die "shim: unknown architecture $arch\n";
# The same on every architecture.
@number{qw(open_tree move_mount fsopen fsconfig fsmount fspick clone3 openat2 mount_setattr close_range pidfd_open pidfd_getfd pidfd_send_signal)} = (428, 429, 430, 431, 432, 433, 435, 437, 442, 436, 434, 438, 424);

our ($AT_FDCWD, $AT_EMPTY_PATH, $AT_SYMLINK_NOFOLLOW) = (-100, 0x1000, 0x100);
our ($O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL) = (0x200000, $arch eq 'x64' ? 0x10000 : 0x4000, $arch eq 'x64' ? 0x20000 : 0x8000, 0x80000, 0x40, 0x80);
our ($CLONE_NEWUSER, $CLONE_NEWNS, $MNT_DETACH) = (0x10000000, 0x20000, 2);
our %attribute = (ro => 1, nosuid => 2, nodev => 4, noexec => 8, noatime => 0x10, strictatime => 0x20, nodiratime => 0x80, nosymfollow => 0x200000);
our ($ATTR_ATIME, $ATTR_IDMAP, $MS_PRIVATE, $MS_UNBINDABLE, $MS_REC) = (0x70, 0x100000, 1 << 18, 1 << 17, 0x4000);
our $most_secret = 262144;                              # how much a secret can hold, in bytes
our ($ENOENT, $ESRCH, $EINTR, $EAGAIN, $ELOOP, $ENOTDIR, $EEXIST, $EINVAL, $EBUSY) = (2, 3, 4, 11, 40, 20, 17, 22, 16);

return 1 if caller;                                    # src/cli/recall.pl, for its parts
my $verb = shift // '';
if    ($verb eq 'attach')  { part('attach'); attach(@ARGV) }
elsif ($verb eq 'assemble') { part('attach'); assemble(@ARGV) }
elsif ($verb eq 'serve')   { part('serve'); serve(@ARGV) }
elsif ($verb eq 'enter')   { part('enter'); enter(@ARGV) }
elsif ($verb eq 'terminal') { part('terminal'); terminal(@ARGV) }
elsif ($verb eq 'enter-awaited') { part('enter'); enter_awaited(@ARGV) }
elsif ($verb eq 'adjust')  { part('adjust'); adjust(@ARGV) }
elsif ($verb eq 'signal')  { signal_process(@ARGV) }
elsif ($verb eq 'observe') { observe(@ARGV) }
elsif ($verb eq 'image')   { part('attach'); show_image(@ARGV) }
elsif ($verb eq 'layer')   { part('attach'); part('files'); part('enter'); part('packages'); part('layer'); make_layer(@ARGV) }
elsif ($verb eq 'install') { part('attach'); part('enter'); part('packages'); part('layer'); install_inside(@ARGV) }
elsif ($verb eq 'foreign') { part('attach'); foreign(@ARGV) }
elsif ($verb eq 'adopt')   { part('layer'); adopt(@ARGV) }
elsif ($verb eq 'uncover') { part('layer'); uncover(@ARGV) }
elsif ($verb eq 'listen')  { part('listen'); listen_to_all() }
elsif ($verb eq 'copy')    { part('enter'); part('copy'); copy_end(@ARGV) }
elsif ($verb eq 'uplink')  { part('enter'); part('uplink'); uplink(@ARGV) }
elsif ($verb eq 'uplink-ports') { part('uplink'); uplink_ports(@ARGV) }
elsif ($verb eq 'probe')   { part('attach'); part('enter'); require(shift @ARGV); probe(@ARGV) }
else { fail("unknown verb $verb") }
exit 0;

# What a verb needs is compiled for that verb only (a third of the time of an exec), and before any namespace is joined.
sub part { my ($name) = @_; my ($here) = $0 =~ m{^(.*)/}; require(($here =~ m{^/} ? $here : "./$here") . "/shim-$name.pl") }

# Parts of a message may come from inside: no control character, and none that turns text around, reaches a terminal.
sub fail {
  my ($message) = @_;
  $message =~ s/([\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2(?:\x80[\x8b-\x8f\xa8-\xae]|\x81[\xa0-\xaf]))/join '', map { sprintf '\\x%02x', ord } split m{}, $1/ge;
  die "$message\n" if $^S;
  print STDERR "shim: $message\n";
  exit 125;
}

# That of this perl, by the header of its file: what starts us without Node does not know it.
sub own_architecture {
  my $header = '';
  open(my $program, '<', '/proc/self/exe') or die "shim: no architecture: $!\n";
  sysread $program, $header, 20;
  my %name = (62 => 'x64', 183 => 'arm64');
  return $name{length $header == 20 ? unpack 'x18 v', $header : ''} // die "shim: unknown architecture\n";
}

# A system call that must succeed; `what` names it for people.
sub call {
  my ($what, $name, @arguments) = @_;
  my $result = syscall($number{$name}, @arguments);
  fail("$what: $name: $!") if $result < 0;
  return $result;
}

# openat2 below a root: no symbolic link, no magic link, no way out. -1 and $! where it fails.
sub open_inside {
  my ($root, $path, $flags, $mode) = @_;
  $path =~ s{^/+}{};
  $path = '.' if $path eq '';
  my $how = pack('QQQ', $flags | $O_CLOEXEC, $mode // 0, 0x10 | 0x04 | 0x02);
  return syscall($number{openat2}, $root, $path, $how, 24);
}

# struct statx, with STATX_MNT_ID.
sub status_of {
  my ($fd) = @_;
  my $buffer = "\0" x 256;
  syscall($number{statx}, $fd, my $empty = '', $AT_EMPTY_PATH, 0x1fff, $buffer) == 0 or fail("statx: $!");
  return $buffer;
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

# By a descriptor that was opened before it was seen that it is the one.
sub signal_process {
  my ($pid, $start, $number) = @_;
  my $fd = syscall($number{pidfd_open}, $pid + 0, 0);
  return if $fd < 0 || !defined eval { process($pid, $start) };
  syscall($number{pidfd_send_signal}, $fd, $number + 0, 0, 0) == 0 or $! == $ESRCH or fail("signal $number to $pid: $!");
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
  close_descriptors($self, map { $_->[1] } @open);
  return map { $_->[0] } @open;
}

# What serves for long must not keep what it opened.
sub close_descriptors { for my $fd (@_) { if (open(my $file, '<&=', $fd)) { close $file } } }

sub become_root {
  my ($setgroups) = @_;
  call('gid', 'setresgid', 0, 0, 0);
  call('groups', 'setgroups', 0, 0) unless ($setgroups // '') eq 'deny';
  call('uid', 'setresuid', 0, 0, 0);
  prctl('not ptraceable', 4, 0);                       # a change of ids sets it to fs.suid_dumpable
}

sub prctl { my ($what, $option, $value) = @_; call($what, 'prctl', $option + 0, $value + 0, 0, 0, 0) }

sub write_kernel {
  my ($path, $value) = @_;
  open(my $file, '>', $path) or fail("$path: $!");
  defined syswrite($file, $value) or fail("$path: $!");
}

# ---- observe --------------------------------------------------------------------------------------------------------------------------------

# What /proc shows only of the reader's own namespaces: hostname, domainname, sysctls, (link/NAME) whether an interface is up, (net/KIND) all interfaces, addresses or routes, (rules) the nft tables, (forwards/GROUP) what a slirp4netns publishes, (binfmt/NAME) an interpreter of other programs, and (file/SIZE/PATH, secret/PATH) what lies in its root. From one environment to the next in this one process, nothing
# written; of one that ended meanwhile nothing is told.
sub observe {
  my @rest = @_;
  while (@rest) {
    my ($pid, $start) = splice @rest, 0, 2;
    my @names;
    while (@rest && $rest[0] ne '') { push @names, shift @rest }
    shift @rest;
    part('files') if grep { m{^(?:file|secret|binfmt)/} } @names;
    part('netlink') if grep { m{^(?:net/|rules$)} } @names;
    part('uplink') if grep { m{^forwards/} } @names;
    my $process;
    eval { $process = process($pid, $start); join_namespaces($process, qw(uts ipc net)); 1 } or do { close_descriptors($process // ()); next };
    for my $name (@names) {
      my $path = $name =~ /^(?:hostname|domainname)$/ ? "/proc/sys/kernel/$name" : '/proc/sys/' . ($name =~ tr{.}{/}r);
      my $text;
      if ($name =~ m{^link/(.*)$}) { $text = link_state($1) }
      elsif ($name =~ m{^net/(.*)$}) { $text = netlink_dump($1) }
      elsif ($name =~ m{^binfmt/([\w-]+)$}) { $text = interpreter_seen($process, $1) }
      elsif ($name eq 'rules') { $text = listed_rules() }
      elsif ($name =~ m{^forwards(/.*)$}) { $text = forwards_seen($pid, $1) }
      elsif ($name =~ m{^file/(\d+)(/.*)$}) { $text = file_seen($process, $2, $1) }
      elsif ($name =~ m{^secret(/.*)$}) { $text = file_seen($process, $1, -1, $most_secret) }
      elsif (open(my $file, '<', $path)) { $text = <$file> // ''; chomp $text }
      print "$pid $name ", defined $text ? "=$text" : "!$!", "\n";
    }
    close_descriptors($process);
  }
}

# ioctl SIOCGIFFLAGS of netdevice(7): whether an interface is up. undef, and $!, where it is not there.
sub link_state {
  my ($interface) = @_;
  socket(my $socket, 2, 2, 0) or return undef;
  my $request = pack('a16 s x22', $interface, 0);
  ioctl($socket, 0x8913, $request) or return undef;
  my (undef, $flags) = unpack('a16 s', $request);
  return $flags & 1 ? 'up' : 'down';
}
