# How a root of the store is mounted where the kernel has no erofs, no loop devices, or no id-mapped mounts of a file system: see shim-attach.pl, which loads this.
# What is made of it for that is made once, and lies in the store by the root's digest (src/host/store.ts), which stays what it is.
use strict;
our ($arch, %number, $AT_FDCWD, $AT_SYMLINK_NOFOLLOW, $ELOOP);

# Of an image that the kernel, as `erofs` says it can or cannot, has not taken from its file.
sub by_other_means {
  my ($file, $erofs) = @_;
  my $loops = -c '/dev/loop-control';
  my $mount;
  if ($erofs) { $mount = looped('erofs', $file) if $loops }
  elsif ($loops && -x '/usr/bin/mksquashfs' && knows('squashfs')) { $mount = looped('squashfs', derived($file, 'squashfs', '', \&squash)) }
  return $mount // source(derived($file, 'unpacked', '', \&unpack_image));
}

# By a read-only loop device; undef where there is none. Mountinfo shows the file's name, the digest, and not the device's: the kernel notes by which it was found.
sub looped {
  my ($type, $file) = @_;
  my ($name) = $file =~ m{([^/]+)$};
  my $device = on_host('/sbin/losetup', '--find', '--show', '--read-only', '--', $file) // '';
  chomp $device;
  return undef unless $device =~ m{^/dev/loop\d+$};
  my $names = fresh('tmpfs', ['source', 'names'], ['size', '4k']);
  call("image $file", 'symlinkat', $device, $names, $name);
  my $mount = eval { fresh($type, ['source', "/proc/self/fd/$names/$name"], ['ro']) };
  my $refused = $@;
  on_host('/sbin/losetup', '--detach', $device);       # goes with the last mount of it; at once where it holds no image
  release($names);
  fail("image $file: " . ($refused =~ s/\n\z//r)) unless defined $mount;
  return $mount;
}

# What a program of the host printed; undef where it failed, and what it said of it is in $@.
sub on_host {
  my ($program, @word) = @_;
  my $child = open(my $output, '-|') // fail("fork: $!");
  if (!$child) {
    open(STDERR, '>&', \*STDOUT);
    exec { $program } $program, @word;
    print "$!\n";
    syscall($number{close_range}, 3, 0xffffffff, 0);
    exec '/bin/false';
  }
  local $/;
  my $text = <$output> // '';
  return $text if close $output;
  $@ = "$program: $text";
  return undef;
}

sub on_host_or_fail { fail($@ =~ s/\n\z//r) unless defined on_host(@_) }

# STORE/KIND/DIGEST of STORE/sha256/DIGEST (or trees/), made where it is missing: on disk whole before it has that name. Builds have the same locks and the same
# place for what is not whole yet (src/host/store.ts).
sub derived {
  my ($from, $kind, $suffix, $make) = @_;
  my ($store, $digest) = $from =~ m{^(.*)/(?:sha256|trees|squashfs|unpacked)/([0-9a-f]{64})$} or fail("$from: in no store, and this kernel cannot mount it");
  my ($name, $path) = ("$digest$suffix", "$store/$kind/$digest$suffix");
  return $path if -e $path;
  my $work = "$store/tmp/$kind-$name";
  my $lock = lock_file("$work.lock");
  if (!-e $path) {
    my $made = eval {
      on_host_or_fail('/bin/rm', '-rf', '--one-file-system', '--', $work) if -e $work;
      for my $directory ($work, "$store/$kind") { mkdir $directory, 0700 or -d $directory or fail("$directory: $!") }
      $make->($from, "$work/made");
      on_host_or_fail('/bin/sync', '-f', "$work/made");
      rename "$work/made", $path or fail("$path: $!");
      1;
    };
    my $why = $@ =~ s/\n\z//r;
    on_host('/bin/rm', '-rf', '--one-file-system', '--', $work);
    unlink "$work.lock" unless $made;
    fail("$path could not be made: $why") unless $made;
  }
  unlink "$work.lock";
  close $lock;
  return $path;
}

# Whoever had it before has unlinked it: then it is a lock on a file that nobody else will ever open.
sub lock_file {
  my ($path) = @_;
  for (;;) {
    open(my $file, '>>', $path) or fail("$path: $!");
    flock $file, 2 or fail("$path: $!");
    my @there = stat $path;
    return $file if @there && (stat $file)[1] == $there[1];
  }
}

sub squash {
  my ($image, $to) = @_;
  unpack_image($image, "$to.tree");
  on_host_or_fail('/usr/bin/mksquashfs', "$to.tree", $to, qw(-noappend -no-progress -quiet -noI -noD -noF -noX -xattrs));
  chmod 0400, $to or fail("$to: $!");
}

# ---- owners ---------------------------------------------------------------------------------------------------------------------------------

# A copy of what a mount shows whose owners are shifted by a map of ids, made once for each map.
sub shifted {
  my ($mount, $from, $idmap, $process) = @_;
  my ($uids, $gids) = $idmap eq 'keeper'
    ? map { [map { [split] } split /\n/, slurp_at($process, $_)] } qw(uid_map gid_map)
    : map { [map { [split /:/] } split /,/, (split /:/, $_, 2)[1]] } split /;/, $idmap;
  my $name = join '_', map { join '+', map { join '-', @$_ } @$_ } $uids, $gids;
  my $directory = sprintf '/proc/%s/fd/%d/.', scalar readlink '/proc/self', $mount;
  my $path = derived($from, 'shifted', ".$name", sub {
    on_host_or_fail('/bin/cp', '-a', '--', $directory, $_[1]);
    shift_owners($_[1], $uids, $gids);
  });
  release($mount);
  return source($path);
}

sub shift_owners {
  my ($top, $uids, $gids) = @_;
  my ($get, $set) = $arch eq 'x64' ? (192, 189) : (9, 6);
  my (@rest, %done) = ($top);
  while (@rest) {
    my $path = shift @rest;
    my (undef, $inode, $mode, $links, $uid, $gid) = lstat $path or fail("$path: $!");
    my $directory = ($mode & 0170000) == 0040000;
    next if !$directory && $links > 1 && $done{$inode}++;
    my $capability = "\0" x 64;
    my $size = syscall($get, $path, my $attribute = 'security.capability', $capability, 64);
    call($path, 'fchownat', $AT_FDCWD, $path, shifted_id($uid, $uids), shifted_id($gid, $gids), $AT_SYMLINK_NOFOLLOW);
    # A change of owner takes set-id bits and capabilities away. These count for the user namespace whose root they name, from here on the mapped one.
    if (($mode & 0170000) != 0120000) { chmod $mode & 07777, $path or fail("$path: $!") }
    if ($size == 20) {
      my $value = pack('L', unpack('L', $capability) & 0xffffff | 0x03000000) . substr($capability, 4, 16) . pack('L', shifted_id(0, $uids));
      syscall($set, $path, $attribute, $value, 24, 0) == 0 or fail("$path: $attribute: $!");
    }
    next unless $directory;
    opendir(my $handle, $path) or fail("$path: $!");
    push @rest, map { "$path/$_" } grep { $_ ne '.' && $_ ne '..' } readdir $handle;
  }
}

# What has no id in there stays nobody's, and is the owner of nothing else on the host.
sub shifted_id {
  my ($id, $map) = @_;
  for (@$map) { my ($first, $to, $count) = @$_; return $to + $id - $first if $id >= $first && $id < $first + $count }
  return 65534;
}

# ---- the image ------------------------------------------------------------------------------------------------------------------------------

our ($image, $block, $inodes, $attributes_at);

# Makes the tree of an erofs image as mkfs.erofs writes it without compression, by the on-disk format of the kernel's documentation: fsck.erofs of erofs-utils 1.5
# forgets hard links and extended attributes. Names and links are as hostile as the archive was from which the image came: nothing is made through a link, because
# whatever is made is made new, in a directory that was made here.
sub unpack_image {
  my ($file, $to) = @_;
  open($image, '<:raw', $file) or fail("$file: $!");
  my ($magic, $size_bits, $root, $date, $meta, $attributes, $features) = unpack 'V x8 C x1 v x8 Q< x8 V V x32 V', bytes_at(1024, 128);
  fail("$file: no erofs image") unless $magic == 0xE0F5E1E2;
  fail("$file: has features that only a kernel with erofs can read") if $features & ~1 || $size_bits < 9 || $size_bits > 16;
  $block = 1 << $size_bits;
  ($inodes, $attributes_at) = ($meta * $block, $attributes * $block);
  my %made;                                            # by number of the inode: where it was made
  my @rest = ([$root, $to]);
  my @directories;
  while (@rest) {
    my ($number, $path) = @{shift @rest};
    my $inode = inode($number, $date);
    if (defined $made{$number}) {
      fail("$path: a directory with two names") if $inode->{type} == 0040000;
      link $made{$number}, $path or fail("$path: $!");
      next;
    }
    $made{$number} = $path;
    make_entry($inode, $path);
    if ($inode->{type} == 0040000) { push @directories, [$inode, $path]; push @rest, map { [$_->[1], "$path/$_->[0]"] } entries($inode) }
    else { dress($inode, $path) }
  }
  dress(@$_) for reverse @directories;                 # their dates change with what is made in them
  close $image;
}

sub bytes_at {
  my ($offset, $length) = @_;
  my $bytes = '';
  sysseek($image, $offset, 0) or fail("image: $!");
  while (length $bytes < $length) { sysread($image, $bytes, $length - length $bytes, length $bytes) or fail('image: ends before its content does') }
  return $bytes;
}

sub inode {
  my ($number, $date) = @_;
  my $at = $inodes + 32 * $number;
  my ($format, $count, $mode) = unpack 'v v v', bytes_at($at, 6);
  my %inode = (mode => $mode & 07777, type => $mode & 0170000, layout => $format >> 1 & 7);
  my $length = $format & 1 ? 64 : 32;
  my $bytes = bytes_at($at, $length);
  @inode{qw(size data uid gid date nanoseconds)} = $format & 1 ? unpack 'x8 Q< V x4 V V Q< V', $bytes : (unpack('x8 V x4 V x4 v v', $bytes), $date, 0);
  fail("image: inode $number is compressed") unless $inode{layout} == 0 || $inode{layout} == 2;
  my $own = $count == 0 ? 0 : 12 + 4 * ($count - 1);
  $inode{attributes} = $own == 0 ? '' : bytes_at($at + $length, $own);
  $inode{tail} = $at + $length + $own;
  return \%inode;
}

# Calls with each part of the content: blocks, and where the layout says so the rest behind the inode.
sub content {
  my ($inode, $each) = @_;
  my $size = $inode->{size};
  my $whole = $inode->{layout} == 2 && $size > 0 ? int(($size - 1) / $block) * $block : $size;
  for (my $at = 0; $at < $whole;) {
    my $length = $whole - $at < 1 << 20 ? $whole - $at : 1 << 20;
    $each->(bytes_at($inode->{data} * $block + $at, $length));
    $at += $length;
  }
  $each->(bytes_at($inode->{tail}, $size - $whole)) if $size > $whole;
}

sub content_of { my ($inode) = @_; my $all = ''; content($inode, sub { $all .= $_[0] }); return $all }

# [name, number of the inode] of each entry of a directory.
sub entries {
  my ($inode) = @_;
  my $all = content_of($inode);
  my @found;
  for (my $at = 0; $at < length $all; $at += $block) {
    my $part = substr $all, $at, $block;
    my @entry = map { [unpack 'Q< v', substr $part, 12 * $_, 10] } 0 .. unpack('x8 v', $part) / 12 - 1;
    for my $index (0 .. $#entry) {
      my ($number, $from) = @{$entry[$index]};
      my $end = $index < $#entry ? $entry[$index + 1][1] : length $part;
      my $name = substr($part, $from, $end - $from) =~ s/\0.*//sr;
      next if $name eq '.' || $name eq '..';
      fail('image: a name that is none') if $name eq '' || $name =~ m{/};
      push @found, [$name, $number];
    }
  }
  return @found;
}

sub make_entry {
  my ($inode, $path) = @_;
  my ($type, $mknodat) = ($inode->{type}, $arch eq 'x64' ? 259 : 33);
  if    ($type == 0040000) { mkdir $path, 0700 or fail("$path: $!") }
  elsif ($type == 0120000) { symlink content_of($inode), $path or fail("$path: $!") }
  elsif ($type == 0100000) {
    sysopen(my $file, $path, 0301, 0600) or fail("$path: $!");            # O_WRONLY | O_CREAT | O_EXCL
    content($inode, sub { my ($part) = @_; (syswrite($file, $part) // -1) == length $part or fail("$path: $!") });
    close $file or fail("$path: $!");
  }
  else { syscall($mknodat, $AT_FDCWD, $path, $type | 0600, $inode->{data}) == 0 or fail("$path: $!") }
}

# Owner first: a change of it takes set-id bits and capabilities away.
sub dress {
  my ($inode, $path) = @_;
  my ($set, $utimensat) = $arch eq 'x64' ? (189, 280) : (6, 88);
  call($path, 'fchownat', $AT_FDCWD, $path, $inode->{uid}, $inode->{gid}, $AT_SYMLINK_NOFOLLOW);
  for (attributes_of($inode->{attributes})) {
    my ($name, $value) = @$_;
    syscall($set, $path, $name, $value, length $value, 0) == 0 or fail("$path: $name: $!");
  }
  if ($inode->{type} != 0120000) { chmod $inode->{mode}, $path or fail("$path: $!") }
  my $times = pack 'q4', ($inode->{date}, $inode->{nanoseconds}) x 2;
  syscall($utimensat, $AT_FDCWD, $path, $times, $AT_SYMLINK_NOFOLLOW) == 0 or fail("$path: $!");
}

# [name, value] of each extended attribute: those that several inodes share, and the inode's own.
sub attributes_of {
  my ($bytes) = @_;
  return () if $bytes eq '';
  my $shared = unpack 'x4 C', $bytes;
  my @found = map { my $at = $attributes_at + 4 * $_; attribute_in(bytes_at($at, 4) . bytes_at($at + 4, attribute_length(bytes_at($at, 4)) - 4)) } unpack "x12 V$shared", $bytes;
  for (my $at = 12 + 4 * $shared; $at + 4 <= length $bytes;) {
    my $length = attribute_length(substr $bytes, $at, 4);
    push @found, attribute_in(substr $bytes, $at, $length);
    $at += $length + 3 & ~3;
  }
  return @found;
}

sub attribute_length { my ($name, undef, $value) = unpack 'C C v', $_[0]; return 4 + $name + $value }

sub attribute_in {
  my ($bytes) = @_;
  my ($length, $index, $size) = unpack 'C C v', $bytes;
  my %prefix = (1 => 'user.', 2 => 'system.posix_acl_access', 3 => 'system.posix_acl_default', 4 => 'trusted.', 6 => 'security.');
  my $prefix = $prefix{$index} // fail("image: extended attributes of a kind $index");
  return [$prefix . substr($bytes, 4, $length), substr $bytes, 4 + $length, $size];
}

1;
