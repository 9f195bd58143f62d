# The inside half of `verify`: becomes what a process of the environment is (settle, in shim.pl) and then tries what must not work. Loaded by the
# shim before anything is joined; nothing of the root is ever run, and no module is loaded once inside.
#
# It must do no harm where nothing is isolated (it also judges environments that others made, as root): files are opened, never written; signals
# are number 0; mounts and namespaces are made in children that end at once; calls that would act are given arguments that cannot succeed.
#
# Keys after `--`, each may be repeated: pid (of the host, must be out of reach), root and file (`DEV:INO PATH` of the host's / and of a private
# file), pts (device numbers of the host's terminals), key (serial of a key of the host's root), masked, frozen (read-only), write (paths).
#
# Prints one line a probe: {"probe":NAME,"outcome":"" or the error's name,"detail":TEXT}. Text is escaped as JSON, byte by byte.
use strict;
use Errno ();

our ($arch, %number);
@number{qw(mount mknodat capset open_by_handle_at init_module kexec_load swapon syslog bpf faccessat close getcwd)} =
  $arch eq 'x64' ? (165, 259, 126, 304, 175, 246, 167, 103, 321, 269, 3, 79) : (40, 33, 91, 265, 105, 104, 224, 116, 280, 48, 57, 17);

my ($NEWNS, $NEWUSER, $NEWPID, $NEWNET, $NEWIPC) = (0x20000, 0x10000000, 0x20000000, 0x40000000, 0x8000000);
my ($RDONLY, $WRONLY, $RDWR, $QUIET, $PATH) = (0, 1, 2, 0x80000 | 0x800 | 0x100, 0x200000);     # QUIET: close-on-exec, never blocks, no terminal
my %errno = map { no strict 'refs'; (&{"Errno::$_"}() => $_) } grep { $_ ne 'EWOULDBLOCK' } keys %!;

sub report {
  my ($probe, $outcome, $detail) = @_;
  my @text = map { my $text = substr($_ // '', 0, 30000); $text =~ s/([^\x20-\x7e]|["\\])/sprintf '\\u%04x', ord $1/ge; $text } $probe, $outcome, $detail;
  my $line = sprintf qq({"probe":"%s","outcome":"%s","detail":"%s"}\n), @text;
  while (length $line) { my $count = syswrite STDOUT, $line; last unless $count; substr($line, 0, $count) = '' }
}

sub error { return $errno{$! + 0} // ($! + 0) }

# Reports how one system call went: "" where it was allowed.
sub attempt { my ($probe, $result, $detail) = @_; report($probe, $result < 0 ? error() : '', $detail) }

# The same for a call whose arguments cannot succeed: what is neither forbidden nor unknown to the kernel got past the permission check.
sub attempt_in_vain {
  my ($probe, $result, $detail) = @_;
  my $error = $result < 0 ? error() : '';
  report($probe, $error =~ /^(?:EPERM|EACCES|ENOSYS)$/ ? $error : '', $error =~ /^(?:EPERM|EACCES|ENOSYS|)$/ ? $detail : "$detail ($error)");
}

sub open_path { my ($path, $flags) = @_; my $copy = $path; return syscall($number{openat}, -100, $copy, $flags | $QUIET, 0) }

# Whether a file would open: "" or the error's name. It is closed at once.
sub opens {
  my ($path, $flags) = @_;
  my $fd = open_path($path, $flags);
  return error() if $fd < 0;
  syscall($number{close}, $fd);
  return '';
}

sub attempt_open { my ($probe, $path, $flags, $detail) = @_; report($probe, opens($path, $flags), $detail // $path) }

sub content {
  my ($path) = @_;
  my $fd = open_path($path, $RDONLY);
  return undef if $fd < 0;
  open(my $file, '<&=', $fd) or return undef;
  my $text = '';
  while (length $text < 200000) { my $count = sysread $file, $text, 65536, length $text; last unless $count }
  return $text;
}

sub fact { my ($probe, $path) = @_; my $text = content($path); report($probe, defined $text ? '' : error(), $text) }

sub names { my ($path) = @_; opendir(my $directory, $path) or return (); my @names = grep { !/^\.\.?$/ } readdir $directory; return @names }

sub identity { my (@stat) = @_; return @stat ? "$stat[0]:$stat[1]" : '' }

# What the root directory of this process is now, and how far the host's file of the landmark is open to it.
sub where {
  my ($given) = @_;
  my ($mark, $path) = split / /, $given->{file}[0] // '', 2;
  my @found = identity(stat '/');
  if (defined $path && identity(stat $path) eq $mark) {
    push @found, opens($path, $RDONLY) || 'read', opens($path, $WRONLY) || 'write';
  }
  return join ' ', @found;
}

# In a child of its own: what is done there ends with it.
sub apart {
  my ($probe, $body) = @_;
  my $child = fork;
  return report($probe, error(), 'fork') unless defined $child;
  if (!$child) { $body->(); exit 0 }
  waitpid $child, 0;
  report($probe, 'KILLED', 'signal ' . ($? & 127)) if $? & 127;
}

# ---- outside: who enters, and what is told of it ---------------------------------------------------------------------------------------------

sub probe {
  my ($one, $many, @rest) = keys_and_rest(@_);
  my (undef, $given) = keys_and_rest(@rest);
  push @{$given->{session}}, syscall($number{keyctl}, 0, -3, 0);
  my $process = process($one->{pid}, $one->{start} // '');
  mount_table($process);
  call('pid namespace', 'setns', namespace($process, 'pid'), $NEWPID);
  my $bystander = child($one, $many, sub { syswrite STDOUT, "$$\n"; sysread STDIN, my $byte, 1 });
  my $prober = child($one, $many, sub { inside($given) });
  local $SIG{ALRM} = sub { kill 'KILL', map { $_->{pid} } $bystander, $prober };
  local $SIG{PIPE} = 'IGNORE';
  alarm 20;
  my $met = readline($bystander->{out}) // '';
  my $hello = readline($prober->{out}) // '';
  if ($hello eq "entered\n") {
    fact('entered', "/proc/$prober->{pid}/status");
    syswrite $prober->{in}, $met;
    while (defined(my $line = readline $prober->{out})) { syswrite STDOUT, $line }
  }
  waitpid $prober->{pid}, 0;
  report('end', $? == 0 ? '' : $? & 127 ? 'KILLED' : 'FAILED', $?);
  close $bystander->{in};
  waitpid $bystander->{pid}, 0;
}

# A child that enters and then runs `body`, with nothing open but 0 (a pipe from us), 1 (a pipe to us) and 2.
my @our_ends;
sub child {
  my ($one, $many, $body) = @_;
  pipe(my $in_read, my $in_write) && pipe(my $out_read, my $out_write) or fail("pipe: $!");
  my $pid = fork // fail("fork: $!");
  if ($pid) { push @our_ends, $in_write, $out_read; return { pid => $pid, in => $in_write, out => $out_read } }
  open(STDIN, '<&', $in_read) && open(STDOUT, '>&', $out_write) or fail("pipe: $!");
  close $_ for @our_ends, $in_read, $in_write, $out_read, $out_write;
  settle($one, $many);
  $body->();
  exit 0;
}

# Every mount of the namespace: /proc/PID/mountinfo shows only what lies below the process's root, and hides what a chroot left behind.
sub mount_table {
  my ($process) = @_;
  my $proc = call('proc', 'openat', -100, my $path = '/proc', $PATH, 0);
  my $child = fork // fail("fork: $!");
  if ($child) { waitpid $child, 0; return }
  call('mount namespace', 'setns', namespace($process, 'mnt'), 0) if link_at($process, 'ns/mnt') ne (readlink('/proc/self/ns/mnt') // '');
  report('namespace-root', '', identity(stat '/'));
  for (split /\n/, slurp_at($proc, 'self/mountinfo')) { report('mount-line', '', $_) }
  exit 0;
}

# ---- inside ---------------------------------------------------------------------------------------------------------------------------------

sub inside {
  my ($given) = @_;
  as_after_exec();
  syswrite STDOUT, "entered\n";
  my $bystander = <STDIN>;
  chomp $bystander;
  report('root', '', where($given));
  fact('status', '/proc/self/status');
  fact('cgroup', '/proc/self/cgroup');
  fact('limits', '/proc/self/limits');
  fact('oom_score_adj', '/proc/self/oom_score_adj');
  fact('init', '/proc/1/comm');
  my $buffer = "\0" x 390;
  syscall($number{uname}, $buffer);
  report('hostname', '', unpack 'x65 Z65', $buffer);
  report('descriptors', '', join "\n", map { "$_ " . (readlink("/proc/self/fd/$_") // '') } grep { defined readlink "/proc/self/fd/$_" } sort { $a <=> $b } names('/proc/self/fd'));
  processes($given, $bystander);
  network();
  escapes($given);
  mounts($given);
  devices($given);
  kernel_files($given);
  keys_of_the_host($given);
  powers();
}

# execve(2) gives a uid 0 the bounding set, another uid nothing; this process lives on, so it is done by hand.
sub as_after_exec {
  my ($low, $high) = (0, 0);
  if ($> == 0) { for my $number (0 .. 63) { if (syscall($number{prctl}, 23, $number, 0, 0, 0) == 1) { $number < 32 ? ($low |= 1 << $number) : ($high |= 1 << $number - 32) } } }
  my ($header, $sets) = (pack('LL', 0x20080522, 0), pack('LLLLLL', $low, $low, 0, $high, $high, 0));
  call('capabilities', 'capset', $header, $sets);
}

sub processes {
  my ($given, $bystander) = @_;
  my @pids = sort { $a <=> $b } grep { /^\d+$/ } names('/proc');
  report('processes', (readlink('/proc/self') // '') eq $$ ? '' : 'ENOENT', join ' ', @pids);
  for (@{$given->{pid} // []}) { report('kill', kill(0, $_) ? '' : error(), $_) }
  attempt_open('trace-init', '/proc/1/mem', $RDWR);
  attempt_open('init-program', '/proc/1/exe', $WRONLY, readlink('/proc/1/exe') // '');
  attempt_open('trace-entering', "/proc/$bystander/mem", $RDONLY);
  report('entering-program', defined readlink("/proc/$bystander/exe") ? '' : error(), readlink("/proc/$bystander/exe") // '');
  doors(@pids);
  for my $pid (@pids) {
    for my $fd (names("/proc/$pid/fd")) {
      my $path = "/proc/$pid/fd/$fd";
      my @stat = stat $path;
      next unless @stat && -c _ && grep { $_ eq $stat[0] } @{$given->{pts} // []};
      attempt_open('terminal', $path, $RDWR, "$path -> " . (readlink($path) // ''));
    }
  }
  attempt_open('controlling-terminal', '/dev/tty', $RDWR);
}

# Directories that a process here holds and that lie outside of our root: getcwd(2) calls such a place unreachable.
sub doors {
  my (@pids) = @_;
  apart('doors', sub {
    my $examined = 0;
    for my $pid (@pids) {
      for my $path ("/proc/$pid/root", "/proc/$pid/cwd", map { "/proc/$pid/fd/$_" } names("/proc/$pid/fd")) {
        next unless -d $path && chdir $path;
        $examined++;
        my $buffer = "\0" x 4096;
        my $length = syscall($number{getcwd}, $buffer, 4096);
        my $here = $length > 0 ? substr $buffer, 0, $length - 1 : '';
        report('door', '', "$path -> $here") if index($here, '/') != 0;
      }
    }
    report('doors', '', $examined);
  });
}

sub network {
  fact('interfaces', '/proc/self/net/dev');
  fact('routes', '/proc/self/net/route');
  my $text = content('/proc/self/net/unix') // '';
  report('abstract-sockets', '', join ' ', map { / (\@\S+)$/ ? $1 : () } split /\n/, $text);
}

sub escapes {
  my ($given) = @_;
  my ($below) = grep { -d "/$_" && !-l "/$_" } sort(names('/'));
  apart('escape-chroot', sub {
    opendir(my $outside, '/') or return report('escape-chroot', error(), '');
    chroot($below // '.') && chdir $outside or return report('escape-chroot', error(), '');
    chdir '..' for 1 .. 64;
    chroot '.' or return report('escape-chroot', error(), '');
    report('escape-chroot', '', where($given));
  });
  apart('escape-setns', sub {
    my $namespace = open_path('/proc/self/ns/mnt', $RDONLY);
    return report('escape-setns', error(), '') if $namespace < 0 || syscall($number{setns}, $namespace, $NEWNS) < 0;
    report('escape-setns', '', where($given));
  });
  # A handle of inode 2, the root of most file systems of a host, asked for through a mount of ours.
  apart('escape-handle', sub {
    my $mount = open_path('/', $RDONLY);
    my $handle = pack('LlLL', 8, 1, 2, 0);
    my $fd = syscall($number{open_by_handle_at}, $mount, $handle, $RDONLY);
    return report('escape-handle', error(), '') if $fd < 0;
    open(my $file, '<&=', $fd) or return report('escape-handle', '', '');
    report('escape-handle', '', identity(stat $file));
  });
}

sub mounts {
  my ($given) = @_;
  attempt_in_vain('mount', syscall($number{mount}, my $source = 'none', my $target = '/', my $type = 'no-such-filesystem', 0, 0), 'a file system that does not exist');
  apart('mount-clone', sub { attempt('mount-clone', syscall($number{open_tree}, -100, my $path = '/', 1 | 0x80000), 'a detached copy of /') });
  apart('unshare-mount', sub { attempt('unshare-mount', syscall($number{unshare}, $NEWNS), '') });
  apart('nested-user', sub { attempt('nested-user', syscall($number{unshare}, $NEWUSER), '') });
  for my $path (@{$given->{masked} // []}, @{$given->{frozen} // []}) {
    next unless lstat $path;
    apart('nested-unmask', sub {
      return if syscall($number{unshare}, $NEWUSER | $NEWNS) < 0;
      my $here = $path;
      attempt('nested-unmask', syscall($number{umount2}, $here, 2), $path);
    });
  }
  for (['proc', '/proc'], ['sysfs', '/sys']) {
    my ($type, $target) = @$_;
    apart("nested-$type", sub {
      my $made = grep { syscall($number{unshare}, $_ | $NEWNS | $NEWPID | $NEWNET) == 0 } $NEWUSER, 0;
      return report("nested-$type", error(), 'no namespace to do it in') unless $made;
      my $copy = $type;
      apart("nested-$type", sub { attempt("nested-$type", syscall($number{mount}, $type, $target, $copy, 0, 0), "a new $type without masks") });
    });
  }
}

sub devices {
  my ($given) = @_;
  my @open = ('/dev');
  for my $directory (@open) {
    for my $name (sort(names($directory))) {
      my @stat = lstat "$directory/$name" or next;
      if (-d _ && @open < 50 && !-l _) { push @open, "$directory/$name" }
      my $kind = -c _ ? 'c' : -b _ ? 'b' : next;
      report('device', '', sprintf '%s %s %d:%d', "$directory/$name", $kind, $stat[6] >> 8 & 0xfff, $stat[6] & 0xff | $stat[6] >> 12 & 0xfff00);
    }
  }
  my @pts = lstat '/dev/pts/ptmx';
  report('devpts', @pts ? '' : error(), $pts[0]);
  attempt_open('new-terminal', '/dev/ptmx', $RDWR);
  for my $directory ('/tmp', '/dev/shm', '/run', '/var/tmp', '/dev', '/') {
    my $path = "$directory/.cloister-probe-$$";
    my $copy = $path;
    my $made = syscall($number{mknodat}, -100, $copy, 020000, 1 << 8 | 5);
    my $error = error();
    unlink $path if $made == 0;
    next if $made < 0 && $error ne 'EPERM';
    report('mknod', $made == 0 ? '' : $error, "$directory (the zero device)");
    last;
  }
}

sub kernel_files {
  my ($given) = @_;
  attempt_open('write', $_, $WRONLY) for @{$given->{write} // []};
  for my $path (@{$given->{frozen} // []}) {
    my $copy = $path;
    next unless lstat $path;
    attempt('frozen', syscall($number{faccessat}, -100, $copy, 2, 0), $path);
  }
  for my $path (@{$given->{masked} // []}) {
    my @stat = lstat $path;
    if (!@stat) { report('masked', error(), $path) }
    elsif (-d _) { my $count = names($path); report('masked', '', "$path directory $count") }
    elsif (-c _) { report('masked', '', sprintf '%s device %d:%d', $path, $stat[6] >> 8 & 0xfff, $stat[6] & 0xff) }
    else { report('masked', '', "$path file " . (opens($path, $RDONLY) || 'readable')) }
  }
}

sub keys_of_the_host {
  my ($given) = @_;
  for my $kind ('key', 'session') {
    for my $serial (@{$given->{$kind} // []}) {
      my $buffer = "\0" x 256;
      my $length = syscall($number{keyctl}, 6, $serial + 0, $buffer, 256);
      report($kind, $length < 0 ? error() : '', sprintf('%08x', $serial) . ($length > 0 ? ' ' . substr($buffer, 0, $length - 1) : ''));
    }
  }
}

# Each is asked with arguments that are refused after the permission is checked.
sub powers {
  my $zeros = "\0" x 128;
  attempt_in_vain('power', syscall($number{init_module}, 0, 0, 0), 'load a kernel module');
  attempt_in_vain('power', syscall($number{kexec_load}, 0, 1 << 20, 0, 0), 'replace the kernel');
  attempt_in_vain('power', syscall($number{swapon}, 0, 0), 'add swap');
  attempt_in_vain('power', syscall($number{syslog}, 9, 0, 0), 'read the kernel log');
  attempt_in_vain('power', syscall($number{bpf}, 11, $zeros, 128), 'list bpf programs');
}

1;
