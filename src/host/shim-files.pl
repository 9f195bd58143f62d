# The shim's files: see shim.pl, whose `attach` and `observe` load it where there are any.
use strict;
our (%number, $AT_FDCWD, $O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL, $ENOENT, $ELOOP);
our ($O_WRONLY, $O_NONBLOCK, $O_NOATIME) = (1, 0x800, 0x40000);

# Made under this name, then renamed over the target: one that a killed run left is in nobody's way.
our $unnamed = '.cloister-new';

# What can be returned of a file that has another size than is asked for.
our $few = 16384;

our %type = (0100000 => 'file', 0040000 => 'directory', 0120000 => 'link', 0010000 => 'fifo', 0140000 => 'socket', 0020000 => 'device', 0060000 => 'device');

# The parts of struct statx that tell what a file is.
sub kind_of {
  my ($mode, undef, undef, $size) = unpack 'x28 S S Q Q', my $status = status_of($_[0]);
  my ($uid, $gid) = unpack 'x20 L L', $status;
  return ($type{$mode & 0170000} // 'unknown', $uid, $gid, sprintf('%04o', $mode & 07777), $size);
}

# All that a descriptor gives, up to a limit.
sub drain {
  my ($fd, $limit, $what) = @_;
  open(my $file, '<&=', $fd) or fail("$what: $!");
  my $content = '';
  while (length $content < $limit) {
    my $count = sysread($file, $content, $limit - length $content, length $content);
    fail("$what: $!") unless defined $count;
    last if $count == 0;
  }
  return $content;
}

# ---- observe --------------------------------------------------------------------------------------------------------------------------------

# `TYPE UID GID MODE SIZE CONTENT` of what lies at a path below the root of a process; undef, and $!, where nothing does or a link is passed. Looked at
# before it is opened, and opened by what was looked at: nothing but a regular file is ever read, and not for long.
sub file_seen {
  my ($process, $encoded, $size, $most) = @_;
  my $root = syscall($number{openat}, $process, my $name = 'root', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  return undef if $root < 0;
  (my $path = $encoded) =~ s/%([0-9A-F]{2})/chr hex $1/ge;
  my $fd = open_inside($root, $path, $O_PATH | $O_NOFOLLOW);
  my ($said, $error) = $fd < 0 ? (undef, 0 + $!) : (seen($fd, $size, $most // $few), 0);
  close_descriptors(grep { $_ >= 0 } $fd, $root);
  $! = $error;
  return $said;
}

sub seen {
  my ($fd, $size, $most) = @_;
  my @kind = kind_of($fd);
  my $content = '-';
  if ($kind[0] eq 'file' && ($kind[4] <= $most || $kind[4] == $size)) {
    my $again = "/proc/self/fd/$fd";
    my $open = syscall($number{openat}, $AT_FDCWD, $again, $O_NONBLOCK | $O_NOATIME | $O_CLOEXEC, 0);
    my $read = $open < 0 ? undef : eval { drain($open, $kind[4] + 1, 'file') };
    if (defined $read) { ($content, $kind[4]) = ('x' . unpack('H*', $read), length $read) }
  }
  return join ' ', @kind, $content;
}

# The lines of an entry of the binfmt_misc that lies at its place below the root of a process, joined; undef, and $!, where there is none.
sub interpreter_seen {
  my ($process, $name) = @_;
  my $root = syscall($number{openat}, $process, my $path = 'root', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  return undef if $root < 0;
  my @lines = map { interpreter_lines($root, $_) } 'status', $name;
  close_descriptors($root);
  return undef if @lines < 2;
  return shift(@lines) eq 'enabled' ? join('; ', @lines) : 'all are disabled';
}

# Somebody may have mounted anything there: nothing but a regular file is opened.
sub interpreter_lines {
  my ($root, $name) = @_;
  my $there = open_inside($root, "/proc/sys/fs/binfmt_misc/$name", $O_PATH | $O_NOFOLLOW);
  return () if $there < 0;
  my $again = "/proc/self/fd/$there";
  my $open = (kind_of($there))[0] eq 'file' ? syscall($number{openat}, $AT_FDCWD, $again, $O_NONBLOCK | $O_CLOEXEC, 0) : -1;
  my $read = $open < 0 ? '' : eval { drain($open, 4096, $name) } // '';
  close_descriptors($there);
  return map { s/[^ -~]/?/gr } split /\n/, $read;
}

# ---- attach: before the environment is joined -----------------------------------------------------------------------------------------------

sub staged_file {
  my ($path) = @_;
  my $fd = syscall($number{openat}, $AT_FDCWD, $path, $O_NOFOLLOW | $O_CLOEXEC, 0);
  fail("$path: $!") if $fd < 0;
  my $content = drain($fd, 1 << 20, $path);
  unlink $path or fail("$path: $!");
  return $content;
}

# As `source` in shim-attach.pl takes a mount's; and what it holds is what the plan was made from.
sub source_file {
  my ($path, $size, $sha256) = @_;
  my $how = pack('QQQ', $O_PATH | $O_CLOEXEC, 0, 0x04 | 0x02);
  my $there = syscall($number{openat2}, $AT_FDCWD, $path, $how, 24);
  fail("source $path: is or goes through a symbolic link that was not there when it was planned") if $there < 0 && $! == $ELOOP;
  fail("source $path: $!") if $there < 0;
  fail("source $path: is no regular file") unless (kind_of($there))[0] eq 'file';
  my $again = "/proc/self/fd/$there";
  my $content = drain(call("source $path", 'openat', $AT_FDCWD, $again, $O_NONBLOCK | $O_CLOEXEC, 0), $size + 1, "source $path");
  return $content if length $content == $size && digest(digester(), $content) eq $sha256;
  fail("source $path: is not what it was when it was planned");
}

# perl-base has no digests. The host's program for them is started while we still are where it is.
sub digester {
  pipe(my $text, my $to) && pipe(my $from, my $digest) or fail("pipe: $!");
  my $child = fork // fail("fork: $!");
  if (!$child) {
    open(STDIN, '<&', $text) && open(STDOUT, '>&', $digest) or exit 1;
    exec '/usr/bin/sha256sum';
    exit 1;
  }
  return { child => $child, to => $to, from => $from };
}

sub digest {
  my ($digester, $content) = @_;
  local $SIG{PIPE} = 'IGNORE';
  my $at = 0;
  while ($at < length $content) { $at += syswrite($digester->{to}, $content, length($content) - $at, $at) // fail("sha256sum: $!") }
  close $digester->{to};
  my ($said) = readline($digester->{from}) =~ /^([0-9a-f]{64})/;
  waitpid $digester->{child}, 0;
  return $said // fail('sha256sum of the host told no digest');
}

# ---- attach: inside, as the environment's root ----------------------------------------------------------------------------------------------

# Never through a name that is there: what is opened is new, and the rename takes the place of whatever has the name then.
sub write_file {
  my ($root, $content, $path, $uid, $gid, $mode, $over_link) = @_;
  my ($parent, $name) = $path =~ m{^(.*)/([^/]+)$};
  my $directory = target($root, $parent eq '' ? '/' : $parent, 1, 1);
  refuse_file($root, $path, $over_link);
  syscall($number{unlinkat}, $directory, $unnamed, 0);
  my $fd = open_inside($directory, $unnamed, $O_CREAT | $O_EXCL | $O_WRONLY, 0600);
  fail("file $path: cannot make it: $!") if $fd < 0;
  open(my $file, '>&=', $fd) or fail("file $path: $!");
  my $error;
  my $at = 0;
  while (!defined $error && $at < length $content) {
    my $count = syswrite($file, $content, length($content) - $at, $at);
    if (defined $count) { $at += $count } else { $error = "cannot write it: $!" }
  }
  $error //= "cannot give it to $uid:$gid: $!" unless defined $error || chown($uid + 0, $gid + 0, $file);
  $error //= "cannot set its mode: $!" unless defined $error || chmod(oct $mode, $file);
  $error //= "$!" unless defined $error || syscall($number{renameat}, $directory, $unnamed, $directory, $name) == 0;
  return unless defined $error;
  syscall($number{unlinkat}, $directory, $unnamed, 0);
  fail("file $path: $error");
}

sub refuse_file {
  my ($root, $path, $over_link) = @_;
  my $there = open_inside($root, $path, $O_PATH | $O_NOFOLLOW);
  return if $there < 0 && $! == $ENOENT;
  fail("file $path: $!") if $there < 0;
  my ($kind) = kind_of($there);
  return if $kind eq 'file' || ($kind eq 'link' && $over_link);
  fail("file $path: is a symbolic link, which leads to " . canonical($root, $path)) if $kind eq 'link';
  fail("file $path: there is a $kind of that name");
}

sub remove_file {
  my ($root, $digester, $path, $uid, $gid, $mode, $size, $sha256) = @_;
  my ($parent, $name) = $path =~ m{^(.*)/([^/]+)$};
  my $directory = open_inside($root, $parent, $O_PATH | $O_DIRECTORY);
  return if $directory < 0;
  my $there = open_inside($root, $path, $O_PATH | $O_NOFOLLOW);
  return if $there < 0;
  return unless join(' ', kind_of($there)) eq "file $uid $gid $mode $size";
  my $fd = open_inside($root, $path, $O_NONBLOCK | $O_NOFOLLOW);
  return if $fd < 0;
  my $content = drain($fd, $size + 1, "file $path");
  return unless length $content == $size && digest($digester, $content) eq $sha256;
  syscall($number{unlinkat}, $directory, $name, 0) == 0 or $! == $ENOENT or fail("file $path: cannot take it away: $!");
}

# Whatever it holds by now: what is no longer declared must not stay.
sub remove_secret {
  my ($root, $path) = @_;
  my ($parent, $name) = $path =~ m{^(.*)/([^/]+)$};
  my $directory = open_inside($root, $parent, $O_PATH | $O_DIRECTORY);
  my $there = open_inside($root, $path, $O_PATH | $O_NOFOLLOW);
  my $is_file = $directory >= 0 && $there >= 0 && (kind_of($there))[0] eq 'file';
  !$is_file or syscall($number{unlinkat}, $directory, $name, 0) == 0 or $! == $ENOENT or fail("file $path: cannot take it away: $!");
  close_descriptors(grep { $_ >= 0 } $there, $directory);      # what they lie on may be unmounted next
}

1;
