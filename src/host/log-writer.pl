# What keeps the output of a process whose `logging` asks for more than a file: the time of each line, a bound of size. By perl-base alone; no module is loaded.
#
#   log-writer.pl ARCH LOG SIZE FILES TIMES        (SIZE 0: no bound; FILES: how many files are kept in all; TIMES: where the times go, or "")
#
# It reads standard input to its end and appends it to LOG, byte for byte. What was written is one stream, of which each file is a part: where LOG would grow
# beyond SIZE it becomes LOG.START (where in the stream it begins, 16 digits), and the oldest of these go. TIMES has a line for each millisecond in which
# something came: where in the stream, and when (milliseconds since 1970). src/cli/log-files.ts and src/cli/log-times.ts read all that.
#
# A supervisor that was replaced leaves its writer behind until the process ends, beside that of its successor: both append, each under the lock of LOG.
use strict;
umask 077;

my ($arch, $log, $most, $kept, $times) = @ARGV;
my %clock = (x64 => 228, arm64 => 113);                # clock_gettime
my $clock = $clock{$arch} // die "log-writer: unknown architecture $arch\n";
my ($directory, $name) = $log =~ m{^(.*)/([^/]+)$} or die "log-writer: $log is no absolute path\n";
my ($EINTR, $LOCK_EX, $LOCK_UN) = (4, 2, 8);
my ($file, $inode, $base, $marks);                     # LOG as it is open, where in the stream it begins, TIMES
my ($marked, $moment) = (-1, -1);                      # the last line of TIMES

# What we were started with is LOG as it was then: a file that is to go must not be held.
open STDOUT, '>', '/dev/null' or die "log-writer: /dev/null: $!\n";
my $bytes;
while (1) {
  my $read = sysread STDIN, $bytes, 65536;
  if (!defined $read) {
    next if $! == $EINTR;
    die "log-writer: $!\n";
  }
  last if $read == 0;
  keep();
}

# Writes what was read, to as many files as it takes. A line that came at once goes to the next file whole where it fits into one.
sub keep {
  my ($done, $length) = (0, length $bytes);
  while ($done < $length) {
    my $size = own();
    my $part = $length - $done;
    if ($most > 0 && $size + $part > $most) {
      my $room = $most - $size;
      my $end = $room > 0 ? rindex($bytes, "\n", $done + $room - 1) + 1 : 0;
      $part = $end > $done ? $end - $done : $size > 0 ? 0 : $room;
    }
    if ($part == 0) {
      rotate($size);
    } else {
      mark($base + $size) if $times ne '';
      append($done, $part);
      $done += $part;
    }
    flock $file, $LOCK_UN;
  }
}

# The locked file that is at LOG now; how many bytes it has.
sub own {
  while (1) {
    attach() if !defined $file;
    flock $file, $LOCK_EX or die "log-writer: lock of $log: $!\n";
    my @now = stat $log;
    last if @now && "$now[0]:$now[1]" eq $inode;
    undef $file;
  }
  my $size = -s $file;
  # Somebody has emptied it: what the times were of is gone.
  forget() if $times ne '' && $marked > $base + $size;
  return $size;
}

sub attach {
  open $file, '>>', $log or die "log-writer: $log: $!\n";
  my @own = stat $file;
  $inode = "$own[0]:$own[1]";
  my @parts = parts();
  $base = @parts ? $parts[-1] + (-s part($parts[-1])) : 0;
  return if $times eq '';
  open $marks, '+>>', $times or die "log-writer: $times: $!\n";
  chmod 0600, $times;
  my $size = -s $marks;
  ($marked, $moment) = (-1, -1);
  return if $size == 0;
  sysseek $marks, $size > 64 ? $size - 64 : 0, 0;
  sysread $marks, my $last, 64;
  ($marked, $moment) = ($1, $2) if $last =~ /(?:^|\n)(\d+) (\d+)\n\z/;
}

# Where the files before LOG begin.
sub parts {
  opendir my $listing, $directory or die "log-writer: $directory: $!\n";
  return sort { $a <=> $b } map { /^\Q$name\E\.(\d{16})$/ ? $1 + 0 : () } readdir $listing;
}

sub part {
  return sprintf '%s.%016d', $log, $_[0];
}

# The times first: once LOG is gone from its place another writer begins the next one, whose lock is not ours.
sub rotate {
  my ($size) = @_;
  my @parts = (parts(), $base);
  my @gone;
  push @gone, shift @parts while @parts >= $kept;
  trim($parts[0] // $base + $size) if $times ne '';
  rename $log, part($base) or die "log-writer: $log: $!\n";
  unlink part($_) for @gone;
}

sub mark {
  my ($at) = @_;
  my $now = "\0" x 16;
  syscall $clock, 0, $now;
  my ($seconds, $nanoseconds) = unpack 'qq', $now;
  my $ms = $seconds * 1000 + int($nanoseconds / 1000000);
  return if $ms == $moment;
  ($marked, $moment) = ($at, $ms);
  syswrite $marks, "$at $ms\n";
}

# Where the disk is full the rest is dropped: the process is not to end for that.
sub append {
  my ($from, $length) = @_;
  while ($length > 0) {
    my $written = syswrite $file, $bytes, $length, $from;
    if (!defined $written) {
      next if $! == $EINTR;
      return;
    }
    $from += $written;
    $length -= $written;
  }
}

# The times of what is gone go too; the last one before it is that of a line that goes on.
sub trim {
  my ($begin) = @_;
  open my $old, '<', $times or return;
  open my $new, '>', "$times.new" or return;
  chmod 0600, "$times.new";
  my $before = '';
  while (my $line = <$old>) {
    my ($at) = $line =~ /^(\d+) / or next;
    if ($at <= $begin) {
      $before = $line;
      next;
    }
    print $new $before, $line;
    $before = '';
  }
  print $new $before;
  rename "$times.new", $times if close $new;
}

sub forget {
  truncate $marks, 0;
  ($marked, $moment) = (-1, -1);
}
