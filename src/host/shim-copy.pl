# The shim's `copy`: see shim.pl, which loads it.
use strict;
our (%number, $AT_FDCWD, $AT_EMPTY_PATH, $AT_SYMLINK_NOFOLLOW, $O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL, $ENOENT, $ELOOP, $ENOTDIR);

# ---- copy -----------------------------------------------------------------------------------------------------------------------------------

# One end of a copy; between the two is a tar stream. `send PATH` writes it, `receive PATH` reads it and makes what it holds. With pid= that is done inside an
# environment, as its root and with nothing of the host but the two pipes; else on the host. Keys, beside those of `enter`:
# as (send: the first component of all names), name (receive: the name that what is copied gets in a directory; empty: what is in it goes there itself),
# whole (receive=1: names as they are, into a directory that is there), ids (keep: owners stay who they are; else they become root), mode (octal: bits of permission
# that may be set), uids, gids (on the host: INSIDE:OUTSIDE:COUNT,..., by which owners are translated).
# The last component of a source is not followed where it is a link; below that, and below the destination, no link is.
my ($as, $source, $begun, %option);                    # what all names begin with, what is told instead, and since when
my $unfinished;                                        # a directory and the name in it that is not what it is to be yet
my $pending = '';                                      # what is written next

sub copy_end {
  my ($one, $many, $way, $path) = keys_and_rest(@_);
  %option = (mode => '7777', %$one);
  settle($one, $many) if defined $one->{pid};
  umask 0;
  $SIG{$_} = sub { exit 125 } for qw(HUP INT TERM);
  if ($way eq 'send') { send_tree($path) } else { receive_tree($path) }
}

END {
  if ($unfinished && chdir $unfinished->[0]) { unlink $unfinished->[1] }
}

sub directory_of { my ($path) = @_; return $path =~ m{^(.*)/[^/]*$}s && $1 ne '' ? $1 : '/' }

sub directory_handle {
  my ($fd) = @_;
  return undef if $fd < 0;
  open(my $handle, '<&=', $fd) or fail("descriptor: $!");
  return $handle;
}

# ---- send

sub send_tree {
  my ($path) = @_;
  ($as, $begun) = ($option{as}, coarse_time());
  my $inner = $path =~ m{(?:^|/)\.?$};                 # a directory by its spelling
  $source = $path =~ s{/+\.?$}{}r;
  my ($parent, $name) = $inner ? ($path, '.') : (directory_of($path), $path =~ m{([^/]*)$}s);
  my $start = directory_handle(open_following($parent, $O_PATH | $O_DIRECTORY)) // fail("$path: $!");
  chdir $start or fail("$path: $!");
  lstat $name or fail("$path: $!");
  fail("$path: no file, directory or symbolic link") unless -f _ || -d _ || -l _;
  send_entry($name, $as, $start);
  put("\0" x 1024);
  flush_stream();
}

# Seconds and nanoseconds by the clock that the kernel gives new files their time by.
sub coarse_time {
  syscall($number{clock_gettime}, 5, my $now = "\0" x 16) == 0 or fail("clock_gettime: $!");
  return [unpack 'q q', $now];
}

# Whether a directory was made since the copy has begun, where its file system says when. What is copied into a place below its own source would have no end. What
# is of a time to come was made before the clock was set back.
sub is_new {
  my ($directory) = @_;
  return 0 if syscall($number{statx}, fileno $directory, my $nothing = '', $AT_EMPTY_PATH, 0x800, my $status = "\0" x 256) != 0;
  my ($known, $seconds, $nanoseconds) = unpack 'L x76 q L', $status;
  my ($since, $until) = map { $seconds <=> $_->[0] || $nanoseconds <=> $_->[1] } $begun, coarse_time();
  return $known & 0x800 && $since >= 0 && $until <= 0;
}

sub send_entry {
  my ($name, $shown, $parent) = @_;
  my @status = lstat $name;
  if (!@status) { return tell_left($shown, "$!") }
  if (-l _) {
    my $target = readlink($name) // return tell_left($shown, "$!");
    put(header($shown, '2', 0, \@status, $target));
  } elsif (-d _) {
    my $directory = directory_handle(syscall($number{openat}, $AT_FDCWD, $name, $O_DIRECTORY | $O_NOFOLLOW | $O_CLOEXEC, 0)) // return tell_left($shown, "$!");
    return tell_left($shown, 'it was made since the copy began') if $shown ne $as && is_new($directory);
    chdir $directory or return tell_left($shown, "$!");
    put(header("$shown/", '5', 0, \@status, ''));
    opendir my $listing, '.' or fail(told($shown) . ": $!");
    my @names = sort grep { $_ ne '.' && $_ ne '..' } readdir $listing;
    closedir $listing;
    send_entry($_, "$shown/$_", $directory) for @names;
    chdir $parent or fail(told($shown) . ": $!");
  } elsif (-f _) {
    # Not blocked by a named pipe that took its place.
    my $file = directory_handle(syscall($number{openat}, $AT_FDCWD, $name, $O_NOFOLLOW | $O_CLOEXEC | 0x800, 0)) // return tell_left($shown, "$!");
    @status = stat $file;
    return tell_left($shown, 'was replaced') unless -f _;
    send_file($file, $shown, \@status);
  } else {
    tell_left($shown, 'a device, socket or named pipe');
  }
}

# As long as it was when it was opened, whatever becomes of it. What the kernel makes up as it is read does not say how long it is: of what ends within a
# megabyte that is seen.
sub send_file {
  my ($file, $shown, $status) = @_;
  my $begin = '';
  while (length $begin < 1 << 20) {
    my $read = sysread $file, $begin, 65536, length $begin;
    return tell_left($shown, "$!") unless defined $read;
    last unless $read;
  }
  my $left = length $begin < 1 << 20 ? length $begin : $status->[7];
  return tell_left($shown, 'it does not say how long it is') if $left < length $begin;
  put(header($shown, '0', $left, $status, ''));
  my $padding = -$left % 512;
  put($begin);
  $left -= length $begin;
  while ($left > 0) {
    my $bytes;
    my $read = sysread $file, $bytes, $left < 65536 ? $left : 65536;
    fail(told($shown) . ": $!") unless defined $read;
    $bytes = "\0" x ($left < 65536 ? $left : 65536) unless $read;
    put($bytes);
    $left -= length $bytes;
  }
  put("\0" x $padding);
}

# A name of the stream as it is found here.
sub told { my ($shown) = @_; return defined $source ? $source . substr($shown, length $as) : $shown }

# Of what is copied itself nothing is left then.
sub tell_left {
  my ($shown, $why) = @_;
  fail("$source: $why") if defined $source && $shown eq $as;
  my $text = 'left out: ' . told($shown) . ": $why";
  $text =~ s/([^\x20-\x7e])/sprintf '\\x%02x', ord $1/ge;
  print STDERR "$text\n";
}

sub header {
  my ($name, $type, $size, $status, $link) = @_;
  my (undef, undef, $mode, undef, $uid, $gid, undef, undef, undef, $mtime) = @$status;
  ($uid, $gid) = (owner($uid, 'uids', 'inside'), owner($gid, 'gids', 'inside'));
  $mtime = 0 if $mtime < 0;
  my @long = ((length $name > 100 ? ['path', $name] : ()), (length $link > 100 ? ['linkpath', $link] : ()), ($size >= 8 ** 11 ? ['size', $size] : ()),
    ($uid >= 8 ** 7 ? ['uid', $uid] : ()), ($gid >= 8 ** 7 ? ['gid', $gid] : ()));
  my $before = '';
  if (@long) {
    my $records = join '', map { pax_record(@$_) } @long;
    $before = block('pax', 'x', length $records, 0600, 0, 0, $mtime, '') . $records . "\0" x (-length($records) % 512);
  }
  return $before . block(substr($name, 0, 100), $type, $size >= 8 ** 11 ? 0 : $size, $mode & oct $option{mode}, $uid % 8 ** 7, $gid % 8 ** 7, $mtime, substr($link, 0, 100));
}

# "LENGTH KEY=VALUE\n", where the length counts itself.
sub pax_record {
  my ($key, $value) = @_;
  my $rest = length(" $key=$value\n");
  my $length = $rest + length($rest);
  $length = $rest + length($length) while $length != $rest + length($length);
  return "$length $key=$value\n";
}

sub block {
  my ($name, $type, $size, $mode, $uid, $gid, $mtime, $link) = @_;
  my $block = pack('a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 x247', $name, map({ sprintf '%07o', $_ } $mode, $uid, $gid), map({ sprintf '%011o', $_ } $size, $mtime),
    ' ' x 8, $type, $link, 'ustar', '00');
  substr($block, 148, 8) = sprintf "%06o\0 ", unpack('%32C*', $block);
  return $block;
}

sub put {
  $pending .= $_[0];
  flush_stream() if length $pending >= 65536;
}

sub flush_stream {
  while (length $pending) {
    my $written = syswrite STDOUT, $pending;
    if (!defined $written) { next if $! == 4; fail("the other end: $!") }
    substr($pending, 0, $written) = '';
  }
}

# ---- owners

# An owner as the other side knows it, by a map of ids: INSIDE:OUTSIDE:COUNT,...
sub owner {
  my ($id, $map, $way) = @_;
  return 0 if ($option{ids} // '') ne 'keep';
  return $id unless defined $option{$map};
  for my $line (split /,/, $option{$map}) {
    my ($inside, $outside, $count) = split /:/, $line;
    my ($from, $to) = $way eq 'inside' ? ($outside, $inside) : ($inside, $outside);
    return $id - $from + $to if $id >= $from && $id < $from + $count;
  }
  return 0;
}

# ---- receive

my ($base, $base_fd, $place, $replacement);            # the directory, its path, and what the first component of each name becomes: undef, itself; "", nothing
my @settled;                                           # directories that were made: path, mode, owners, time
my $stream = '';

sub receive_tree {
  my ($path) = @_;
  my $there = open_following($path, $O_PATH | $O_DIRECTORY);
  if ($there >= 0) {
    ($base_fd, $replacement) = ($there, $option{whole} ? undef : $option{name});
    $place = $path =~ s{/+\.?$}{}r;
  } else {
    fail("$path: $!") if $option{whole} || $path =~ m{/\.?$} || $! != $ENOENT && $! != $ENOTDIR;
    fail("$path: its name is too long") if length $path > 4095;
    ($replacement) = $path =~ m{([^/]*)$}s;
    $place = directory_of($path);
    $base_fd = open_following($place, $O_PATH | $O_DIRECTORY);
    fail("$place: $!") if $base_fd < 0;
  }
  $base = directory_handle($base_fd);
  my %next;
  while (defined(my $member = member(\%next))) { make($member) }
  finish_directories();
  1 while sysread STDIN, my $rest, 65536;              # whoever sends may go on with zeros
}

# The next member of the stream; undef at its end.
sub member {
  my ($next) = @_;
  while (1) {
    my $block = take(512);
    return undef if $block eq "\0" x 512;
    my ($name, $mode, $uid, $gid, $size, $mtime, $sum, $type, $link, $magic, $prefix) = unpack 'Z100 a8 a8 a8 a12 a12 a8 a1 Z100 a8 x80 Z155', $block;
    substr($block, 148, 8) = ' ' x 8;
    octal($sum) == unpack('%32C*', $block) or fail('what comes is no tar stream');
    ($mode, $uid, $gid, $size, $mtime) = map { octal($_) } $mode, $uid, $gid, $size, $mtime;
    if ($type =~ /[xgLK]/) {
      fail('a name in the stream is too long') if $size > 1 << 20;
      my $text = take($size);
      take(-$size % 512);
      if ($type eq 'x') { while ($text =~ s/^(\d+) //) { my $record = substr $text, 0, $1 - length("$1 "), ''; $next->{$1} = $2 if $record =~ /^([^=]+)=(.*)\n\z/s } }
      $next->{path} = unpack 'Z*', $text if $type eq 'L';
      $next->{linkpath} = unpack 'Z*', $text if $type eq 'K';
      next;
    }
    $name = "$prefix/$name" if $prefix ne '' && $magic =~ /^ustar\0/;
    my %found = (path => $name, linkpath => $link, size => $size, uid => $uid, gid => $gid, mtime => $mtime, %$next, mode => $mode, type => $type);
    %$next = ();
    $found{size} = 0 if $type =~ /[1-6]/;
    /^\d+$/ or fail('what comes is no tar stream') for @found{qw(size uid gid)};
    return \%found;
  }
}

# A number in octal, or in base 256 where its first bit is set.
sub octal {
  my ($field) = @_;
  if (ord($field) & 0x80) { my $value = 0; $value = $value * 256 + $_ for unpack 'C*', substr $field, -7; return $value }
  return $field =~ /^[ \0]*([0-7]+)/ ? oct $1 : 0;
}

sub take {
  my ($length) = @_;
  while (length $stream < $length) {
    my $read = sysread STDIN, $stream, 65536, length $stream;
    next if !defined $read && $! == 4;
    fail('the stream ends before its end') unless $read;
  }
  return substr $stream, 0, $length, '';
}

sub components {
  my ($path) = @_;
  my @parts = grep { $_ ne '' && $_ ne '.' } split m{/}, $path;
  fail("$path: leads out of the destination") if grep { $_ eq '..' } @parts;
  fail('a name in the stream is none') if $path =~ /\0/;
  return @parts;
}

sub make {
  my ($member) = @_;
  my ($type, $shown) = @$member{qw(type path)};
  my @parts = components($shown);
  if (defined $replacement) {
    shift @parts;
    unshift @parts, $replacement if $replacement ne '';
    $shown = at(@parts);
  }
  my ($uid, $gid, $mode) = (owner($member->{uid}, 'uids', 'outside'), owner($member->{gid}, 'gids', 'outside'), $member->{mode} & oct $option{mode});
  if ($type eq '5') { return make_directory(\@parts, [$mode, $uid, $gid, $member->{mtime}]) }
  my $name = pop @parts // fail("$shown: a directory is there, and no file can take its place");
  my $directory = existing(\@parts);
  chdir $directory or fail("$shown: $!");
  fail("$shown: a directory is there, and no file can take its place") if lstat $name and -d _;
  my $new = ".cloister-copy-$$";
  if ($type =~ /[0\0\x37]/) {
    receive_file($directory, $new, { %$member, path => $shown });
    chown $uid, $gid, $new and chmod $mode, $new and utime $member->{mtime}, $member->{mtime}, $new or fail("$shown: $!");
  } elsif ($type eq '2') {
    symlink $member->{linkpath}, $new or fail("$shown: $!");
    $unfinished = [$directory, $new];
    syscall($number{fchownat}, $AT_FDCWD, $new, $uid, $gid, $AT_SYMLINK_NOFOLLOW) == 0 or fail("$shown: $!");
  } elsif ($type eq '1') {
    my @old = components($member->{linkpath});
    my $file = pop @old // fail("$shown: links to no file");
    my $elsewhere = existing(\@old);
    chdir $elsewhere and link $file, $new or fail("$shown: link to $member->{linkpath}: $!");
    $unfinished = [$elsewhere, $new];
    syscall($number{renameat}, fileno $elsewhere, $new, fileno $directory, $name) == 0 or fail("$shown: $!");
    return $unfinished = undef;
  } else {
    return tell_left($shown, 'a device or named pipe');
  }
  rename $new, $name or fail("$shown: $!");
  $unfinished = undef;
}

my $zeros = "\0" x 65536;                              # a hole stays one

sub receive_file {
  my ($directory, $new, $member) = @_;
  unlink $new;                                         # of one that was killed, with our number
  sysopen(my $file, $new, 1 | $O_CREAT | $O_EXCL | $O_NOFOLLOW, 0600) or fail("$member->{path}: $!");
  $unfinished = [$directory, $new];
  my $left = $member->{size};
  while ($left > 0) {
    my $bytes = take($left < 65536 ? $left : 65536);
    $left -= length $bytes;
    if ($bytes eq $zeros) { defined sysseek $file, 65536, 1 or fail("$member->{path}: $!"); next }
    while (length $bytes) {
      my $written = syswrite($file, $bytes) // fail("$member->{path}: $!");
      substr($bytes, 0, $written) = '';
    }
  }
  take(-$member->{size} % 512);
  truncate $file, $member->{size} or fail("$member->{path}: $!");
  close $file or fail("$member->{path}: $!");
}

# Where something is below the destination.
sub at { return join '/', $place eq '/' ? '' : $place, @_ }

# A directory below the destination, by names that are no links; those that are not there are made.
sub existing {
  my ($parts) = @_;
  return $base unless @$parts;
  my $path = join '/', @$parts;
  my $fd = open_inside($base_fd, $path, $O_PATH | $O_DIRECTORY);
  return directory_handle($fd) if $fd >= 0;
  fail(at($path) . ": a symbolic link or a file is on the way, and is not followed") if $! == $ELOOP || $! == $ENOTDIR;
  fail(at($path) . ": $!") if $! != $ENOENT;
  make_directory($parts, [0755, 0, 0, undef]);
  $fd = open_inside($base_fd, $path, $O_PATH | $O_DIRECTORY);
  return directory_handle($fd) // fail(at($path) . ": $!");
}

# One that is there stays as it is. What it is to be it becomes at the end: it may forbid to write into it.
sub make_directory {
  my ($parts, $status) = @_;
  return unless @$parts;
  my @above = @$parts;
  my $name = pop @above;
  my $path = join '/', @$parts;
  chdir existing(\@above) or fail(at($path) . ": $!");
  if (mkdir $name, 0700) { push @settled, [$path, $status] }
  elsif (!lstat $name or !-d _) { fail(at($path) . ": what is there is no directory") }
}

sub finish_directories {
  for my $one (reverse @settled) {
    my ($path, $status) = @$one;
    my ($mode, $uid, $gid, $mtime) = @$status;
    my $directory = directory_handle(open_inside($base_fd, $path, $O_PATH | $O_DIRECTORY)) // fail(at($path) . ": $!");
    chdir $directory and chown $uid, $gid, '.' and chmod $mode, '.' or fail(at($path) . ": $!");
    utime $mtime, $mtime, '.' if defined $mtime;
  }
}

1;
