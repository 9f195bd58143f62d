# Lays out an archive of packages, for a build that reads nothing else. Each was checked against the lock before.
#
#   local-archive.pl INDEX WORKERS DECOMPRESSED FROM... <LIST >PACKAGES       in the directory that becomes the archive
#
# LIST has a line for each package: SHA256 SIZE FILE ...; it lies in one of FROM as SHA256, and FILE is where it goes. INDEX is the archive's index as the lock has it,
# PACKAGES what it is here. `none`: the files are there, empty, to be filled, and there is no index. The contents of a package are decompressed, by WORKERS at once:
# dpkg unpacks one after the other, and those of the essential ones twice. So size and sha256 in PACKAGES are those of the files here. dpkg-deb decompresses; the rest of a package is copied as it is.
#
# DECOMPRESSED keeps what was decompressed for the next build, as SHA256-OWN: OWN is the sha256 of what lies there, by which it is known to be whole each time. It is linked where
# that can be, so that nothing may write to a file of the archive. What cannot be kept is not an error, nor is anything with `keep` instead of INDEX: then that
# is all that it is for.
use strict;

my ($index, $workers, $decompressed, @from) = @ARGV;
my $spare_room = 1 << 30;                              # what else the disk must have left, in bytes
my $EEXIST = 17;
my @packages = map { [(split ' ')[0, 2, 1]] } <STDIN>;    # [sha256, file, size]
my %kept = map { /^([0-9a-f]{64})-([0-9a-f]{64})$/ ? ($1 => $2) : () } names_in($decompressed);
my $may_keep = (room() - $spare_room) / $workers;       # how much each worker may, in bytes
if ($index eq 'keep') { @packages = grep { !$kept{$_->[0]} } @packages }
for my $file (map { $_->[1] } @packages) {
  for (my $at = 0; ($at = index $file, '/', $at) >= 0; $at++) { mkdir substr $file, 0, $at }
}
my @told = map {
  my $share = $_;
  my $child = open(my $told, '-|') // die "fork: $!\n";
  exit(work($share) ? 0 : 1) unless $child;
  $told;
} grep { @$_ } shares();
my %sums;
my $failed = 0;
for my $told (@told) {
  while (<$told>) { /^(\w{64})  (.*)$/ and $sums{$2} = $1 }
  close $told or $failed = 1;
}
exit 0 if $index eq 'keep';
exit 1 if $failed;
describe() if $index ne 'none';

# What each worker does: the largest first, each by who has least until then.
sub shares {
  my @shares = map { { size => 0, packages => [] } } 1 .. $workers;
  for my $package (sort { $b->[2] <=> $a->[2] } @packages) {
    my ($least) = sort { $a->{size} <=> $b->{size} } @shares;
    push @{$least->{packages}}, $package;
    $least->{size} += $package->[2];
  }
  return map { $_->{packages} } @shares;
}

# Prints the sum of each file, as sha256sum does. What could not be placed is said, and the others are placed all the same.
sub work {
  my ($packages) = @_;
  return keep_all($packages) if $index eq 'keep';
  # What a build that was begun before has left in this directory may be linked to what is kept.
  if ($index ne 'none') { unlink map { $_->[1] } @$packages }
  my @taken = grep { taken(@$_) } @$packages;
  my %sum = sums(map { $_->[1] } @taken);
  my %whole;
  for my $package (@taken) {
    my ($sha256, $file) = @$package;
    if (($sum{$file} // '') eq $kept{$sha256}) { $whole{$file} = 1; next }
    # It is damaged, or cannot be read, and the file may be linked to it.
    unlink "$decompressed/$sha256-$kept{$sha256}";
    unlink $file if $index ne 'none';
  }
  my $wrong = 0;
  my @placed;
  for my $package (grep { !$whole{$_->[1]} } @$packages) {
    if (eval { place(@$package); 1 }) { push @placed, $package } else { print STDERR $@; $wrong = 1 }
  }
  %sum = (%sum, sums(map { $_->[1] } @placed));
  for (@placed) { my ($sha256, $file) = @$_; defined $sum{$file} or die "$file cannot be read\n"; keep($sha256, $file, $sum{$file}) }
  print "$sum{$_}  $_\n" for keys %sum;
  return !$wrong;
}

# One after the other, as long as there is room. Nobody needs it: what cannot be decompressed, or does not fit after all, is left.
sub keep_all {
  my ($packages) = @_;
  for my $package (@$packages) {
    last if $may_keep <= 0;
    my ($sha256, $file) = @$package;
    my %sum = eval { place($sha256, $file); 1 } ? sums($file) : ();
    keep($sha256, $file, $sum{$file}) if defined $sum{$file};
    unlink $file;
  }
  return 1;
}

# Of those that can be read.
sub sums {
  my @files = @_;
  my %sum;
  return () unless @files;
  open my $sums, '-|', 'sha256sum', '--', @files or die "sha256sum: $!\n";
  while (<$sums>) { /^(\w{64})  (.*)$/ and $sum{$2} = $1 }
  close $sums;
  return %sum;
}

# ---- what is kept ---------------------------------------------------------------------------------------------------------------------------

sub names_in { my ($directory) = @_; opendir(my $names, $directory) or return (); return readdir $names }

# In bytes, of the disk on which DECOMPRESSED is; 0 where it is not there.
sub room {
  open my $told, '-|', 'stat', '-f', '-c', '%a %S', '--', $decompressed or return 0;
  my ($blocks, $size) = split ' ', <$told> // '';
  close $told or return 0;
  return $blocks * $size;
}

# The package as it is kept, where it is.
sub taken {
  my ($sha256, $file) = @_;
  my $path = "$decompressed/$sha256-" . ($kept{$sha256} // return 0);
  return link($path, $file) || eval { write_copy($path, $file); 1 };
}

sub keep {
  my ($sha256, $file, $sum) = @_;
  my $path = "$decompressed/$sha256-$sum";
  $may_keep -= -s $file;
  # Another build may have been quicker.
  return if $may_keep < 0 || link($file, $path) || $! == $EEXIST;
  # Another file system: under a name that nobody takes for a package, until it is whole.
  eval { write_copy($file, "$path.$$"); rename "$path.$$", $path } or unlink "$path.$$";
}

sub write_copy {
  my ($from, $to) = @_;
  open my $in, '<:raw', $from or die "$from: $!\n";
  open my $out, '>:raw', $to or die "$to: $!\n";
  copy($in, $out, -s $in);
}

# ---- a package ------------------------------------------------------------------------------------------------------------------------------

# A package is an ar archive: debian-binary, control.tar.COMPRESSION, data.tar.COMPRESSION, each after a header of 60 bytes and padded to an even length (deb(5)).
sub place {
  my ($sha256, $file) = @_;
  my ($path) = grep { -e } map { "$_/$sha256" } @from;
  open my $in, '<:raw', $path // '' or die "$file ($sha256): $!\n";
  open my $out, '+>:raw', $file or die "$file: $!\n";
  copy($in, $out, 8);
  while (1) {
    my $got = sysread $in, my $header, 60;
    $got == 60 or die "$file has no data.tar\n";
    my ($name, $size) = unpack 'A16 x32 A10', $header;
    last if $name =~ /^data\.tar/;
    put($out, $header);
    copy($in, $out, $size + $size % 2);
  }
  my $start = sysseek($out, 0, 1) + 60;
  put($out, ' ' x 60);
  my $child = fork // die "fork: $!\n";
  if (!$child) {
    if (open STDOUT, '>&', $out) { exec 'dpkg-deb', '--fsys-tarfile', $path }
    print STDERR "dpkg-deb: $!\n";
    exit 1;
  }
  waitpid $child, 0;
  $? and die "$file cannot be decompressed\n";
  my $size = sysseek($out, 0, 2) - $start;             # of a tar: even
  sysseek $out, $start - 60, 0;
  put($out, sprintf "%-16s%-12s%-6s%-6s%-8s%-10d`\n", 'data.tar', 0, 0, 0, '100644', $size);
}

sub copy {
  my ($in, $out, $left) = @_;
  while ($left > 0) {
    my $got = sysread $in, my $part, $left > 1 << 20 ? 1 << 20 : $left;
    $got or die "a package ends in the middle\n";
    put($out, $part);
    $left -= $got;
  }
}

sub put {
  my ($out, $part) = @_;
  (syswrite($out, $part) // -1) == length $part or die "a package cannot be written: $!\n";
}

sub describe {
  open my $stanzas, '<', $index or die "$index: $!\n";
  local $/ = '';                                       # a paragraph at a time
  while (<$stanzas>) {
    my ($file) = /^Filename: (.*)$/m;
    my $size = -s $file;
    s/^SHA256: .*$/SHA256: $sums{$file}/m;
    s/^Size: .*$/Size: $size/m;
    print;
  }
}
