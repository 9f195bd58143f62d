# Lays out an archive of the packages that a lock names, for a build that reads nothing else. Each was checked against the lock before.
#
#   local-archive.pl INDEX WORKERS FROM... <LIST >PACKAGES       in the directory that becomes the archive
#
# LIST has a line for each package: SHA256 SIZE FILE ...; it lies in one of FROM as SHA256, and FILE is where it goes. INDEX is the archive's index as the lock has it,
# PACKAGES what it is here; nothing where INDEX is `none`. The contents of a package are decompressed, by WORKERS at once: dpkg unpacks one after the other, and those of
# the essential ones twice. So size and sha256 in PACKAGES are those of the files here. dpkg-deb decompresses; the rest of a package is copied as it is.
use strict;

my ($index, $workers, @from) = @ARGV;
my @packages = map { [(split ' ')[0, 2, 1]] } <STDIN>;    # [sha256, file, size]
for my $file (map { $_->[1] } @packages) {
  for (my $at = 0; ($at = index $file, '/', $at) >= 0; $at++) { mkdir substr $file, 0, $at }
}
for my $share (shares()) {
  my $child = fork // die "fork: $!\n";
  next if $child;
  my $wrong = 0;
  for my $package (@$share) { eval { place(@$package); 1 } or do { print STDERR $@; $wrong = 1 } }
  exit $wrong;
}
my $failed = 0;
while (wait > 0) { $failed = 1 if $? }
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
  my %sums;
  if (@packages) {
    open my $sums, '-|', 'sha256sum', '--', map { $_->[1] } @packages or die "sha256sum: $!\n";
    while (<$sums>) { /^(\w{64})  (.*)$/ and $sums{$2} = $1 }
    close $sums or die "sha256sum: $?\n";
  }
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
