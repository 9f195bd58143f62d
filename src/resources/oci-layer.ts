/**
 * `perl -e PROGRAM LAYER TREE NAMES`: puts an unpacked layer over what the layers below it made, and leaves LAYER empty. `.wh.NAME` takes NAME of the lower layers
 * away, `.wh..wh..opq` everything that they have in that directory. A directory that the layer itself names takes the place of a link; one that stands only in the
 * names of others goes where a link of the tree leads, inside the tree. NAMES: what tar lists, to tell the two apart. By perl-base alone. The date of
 * TREE itself, in which LAYER lies, is for who takes that away.
 */
export const layerProgram = `use strict;
my ($layer, $tree, $list) = @ARGV;
my %named;
open(my $names, '<', $list) or die "layer: $list: $!\\n";
my %meant = (a => "\\a", b => "\\b", f => "\\f", n => "\\n", r => "\\r", t => "\\t", v => "\\x0b");
while (my $name = <$names>) {
  chomp $name;
  next unless $name =~ s{/+$}{} || $name eq '.';
  $name =~ s/\\\\([0-7]{3}|.)/length $1 == 3 ? chr oct $1 : $meant{$1} || $1/ge;
  $named{join '/', grep { $_ ne '' && $_ ne '.' } split m{/}, $name} = 1;
}
my @itself = lstat $layer or die "layer: $layer: $!\\n";
merge('', $tree);
describe(\\@itself, $tree) if $named{''};

sub entries {
  my ($directory) = @_;
  opendir(my $handle, $directory) or die "layer: $directory: $!\\n";
  return sort grep { $_ ne '.' && $_ ne '..' } readdir $handle;
}

sub is_directory { return !-l $_[0] && -d _ }

sub discard {
  my ($path) = @_;
  return unless -l $path || -e _;
  if (is_directory($path)) {
    discard("$path/$_") for entries($path);
    rmdir $path or die "layer: $path: $!\\n";
  } else { unlink $path or die "layer: $path: $!\\n" }
}

sub describe {
  my ($from, $to) = @_;
  my (undef, undef, $mode, undef, $uid, $gid, undef, undef, $accessed, $changed) = @$from;
  chown($uid, $gid, $to) && chmod($mode & 07777, $to) && utime($accessed, $changed, $to) or die "layer: $to: $!\\n";
}

# Where a path leads in the tree, taken as the root: undef for a circle.
sub resolved {
  my @rest = split m{/}, $_[0];
  my ($links, @at) = (0);
  while (@rest) {
    my $name = shift @rest;
    next if $name eq '' || $name eq '.';
    if ($name eq '..') { pop @at; next }
    my $here = join '/', $tree, @at, $name;
    if (-l $here) {
      return undef if ++$links > 40;
      my $text = readlink $here;
      @at = () if $text =~ m{^/};
      unshift @rest, split m{/}, $text;
    } else { push @at, $name }
  }
  return join '/', $tree, @at;
}

# In a directory of its own a layer takes nothing away.
sub clear {
  my ($path) = @_;
  my @as = lstat $path or die "layer: $path: $!\\n";
  my $cleared;
  for my $name (entries($path)) {
    if ($name =~ /^\\.wh\\./) { discard("$path/$name"); $cleared = 1 }
    elsif (is_directory("$path/$name")) { clear("$path/$name") }
  }
  describe(\\@as, $path) if $cleared;
}

sub merge {
  my ($path, $target) = @_;
  my @names = entries("$layer$path");
  for my $name (grep { /^\\.wh\\./ } @names) {
    if ($name eq '.wh..wh..opq') { for (entries($target)) { discard("$target/$_") unless "$target/$_" eq $layer } }
    elsif ($name =~ /^\\.wh\\.(.+)$/s && $1 ne '.' && $1 ne '..') { discard("$target/$1") unless "$target/$1" eq $layer }
    discard("$layer$path/$name");
  }
  for my $name (grep { !/^\\.wh\\./ } @names) {
    my ($from, $to, $inside) = ("$layer$path/$name", "$target/$name", substr("$path/$name", 1));
    if (!is_directory($from)) {
      discard($to);
      rename $from, $to or die "layer: $to: $!\\n";
      next;
    }
    if (-l $to && !$named{$inside}) {
      my $there = resolved(substr $to, length $tree);
      $to = $there if defined $there && is_directory($there);
    }
    my @as = lstat $from or die "layer: $from: $!\\n";
    if (!is_directory($to)) {
      discard($to);
      clear($from);
      rename $from, $to or die "layer: $to: $!\\n";
      next;
    }
    merge("$path/$name", $to);
    describe(\\@as, $to) if $named{$inside};
    rmdir $from or die "layer: $from: $!\\n";
  }
}
`;
