# The shim's packages: see shim-layer.pl, which uses it. dpkg of the root itself installs them, as root of a user namespace: nothing of a package runs before that.
use strict;
our (%number, $AT_FDCWD, $CLONE_NEWNS, $MS_REC, $MS_PRIVATE, $O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL, $ENOENT, $EEXIST);

# Where the packages are shown inside, on a tmpfs that is not kept.
our $shown = '/run/cloister-packages';

# What says of what we made that it is ours: one that a killed run left is taken away by the next.
our $policy = "#!/bin/sh\n# cloister: nothing is started or stopped while packages are installed\nexit 101\n";

# ---- on the host ----------------------------------------------------------------------------------------------------------------------------

# INDEX: stanzas of an archive; WANTED: the names that were asked for, a line each; DEBS: directories of packages by their sha256, which were compared before. What is in
# them need not be there before standard input says so.
sub archive {
  my ($index, $wanted, @debs) = @_;
  my $archive = archive_of($index, [split /\n/, text_of($wanted)], @debs);
  my $count = '/run/cloister/build/packages';
  open($archive->{counted}, '>', $count) or fail("$count: $!");
  return $archive;
}

# It did not fail, and nothing of it lives any more.
sub await_packages {
  my $said = join '', <STDIN>;
  $said eq "unpacked\n" or fail('not all of the packages could be decompressed');
  open(STDIN, '<', '/dev/null') or fail("null: $!");
}

sub archive_of {
  my ($index, $wanted, @debs) = @_;
  my (%package, @missing);
  for my $stanza (split /\n{2,}/, text_of($index)) {
    $stanza =~ s/\n[ \t]+/ /g;
    my %field = $stanza =~ /^([A-Za-z0-9-]+):[ \t]*(.*)$/mg;
    my ($name, $sha256) = @field{qw(Package SHA256)};
    next unless defined $name;
    $name =~ /^[a-z0-9][a-z0-9+.-]*$/ && ($sha256 // '') =~ /^[0-9a-f]{64}$/ or fail('the index of the packages is damaged');
    next if $package{$name};
    my ($deb) = grep { -f $_ } map { "$_/$sha256" } @debs;
    push @missing, $name unless defined $deb;
    $package{$name} = { name => $name, deb => $deb, architecture => $field{Architecture} // 'all', map { $_ => names($field{$_}) } qw(Pre-Depends Depends Provides) };
  }
  fail("packages that are not there: @missing") if @missing;
  my %wanted = map { $_ => 1 } @$wanted;
  return {
    batches => batches(\%package),
    mounts => { map { my $mount = clone($package{$_}{deb}); attributes($mount, 'ro,nosuid,nodev,noexec'); ($_ => $mount) } keys %package },
    automatic => [map { $package{$_} } grep { !$wanted{$_} } sort keys %package],
  };
}

sub text_of { my ($path) = @_; open(my $file, '<', $path) or fail("$path: $!"); local $/; return scalar(<$file>) // '' }

# The names in a list of dependencies, of alternatives each.
sub names { return [map { /^\s*([a-z0-9][a-z0-9+.-]*)/ ? $1 : () } split /[,|]/, $_[0] // ''] }

# dpkg unpacks all that it is given and configures it then, but what is needed for unpacking must be ready before: with all that that needs it comes first.
sub batches {
  my ($package) = @_;
  my %by;
  for my $name (sort keys %$package) { push @{$by{$_}}, $name for $name, @{$package->{$name}{Provides}} }
  my $among = sub { my ($name, @kinds) = @_; return map { @{$by{$_} // []} } map { @{$package->{$name}{$_}} } @kinds };
  my @batches;
  my %left = %$package;
  while (%left) {
    # What something that is left needs ready, and all that this needs.
    my %first;
    my @rest = grep { $left{$_} } map { my $name = $_; grep { $_ ne $name } $among->($name, 'Pre-Depends') } sort keys %left;
    while (defined(my $name = shift @rest)) { next if $first{$name}++; push @rest, grep { $left{$_} } $among->($name, qw(Pre-Depends Depends)) }
    # Of those the ones that need nothing ready themselves; in a circle all at once.
    my @now = %first ? ready(\%first, $among) : sort keys %left;
    push @batches, [@now];
    delete @left{@now};
  }
  return \@batches;
}

# The part of them that comes before the others: a name with all that it needs, none of which needs something ready that is not among them.
sub ready {
  my ($first, $among) = @_;
  my @found;
  for my $name (sort keys %$first) {
    my (%all, @rest);
    @rest = ($name);
    while (defined(my $one = shift @rest)) { next if $all{$one}++; push @rest, grep { $first->{$_} } $among->($one, qw(Pre-Depends Depends)) }
    next if grep { my $one = $_; grep { $first->{$_} && $_ ne $one } $among->($one, 'Pre-Depends') } keys %all;
    push @found, keys %all;
  }
  my %found = map { $_ => 1 } @found;
  return %found ? sort keys %found : sort keys %$first;
}

# Each is a file of its own, and nothing else of the directory that it lies in is to be seen.
sub show_archive {
  my ($root, $archive) = @_;
  put($root, $archive->{mounts}{$_}, "$shown/$_.deb", 1, 0) for sort keys %{$archive->{mounts}};
}

# ---- inside ---------------------------------------------------------------------------------------------------------------------------------

# Installs them, and leaves nothing that tells when that was.
sub install {
  my ($root, $archive) = @_;
  my $code = install_all($root, $archive, '--force-unsafe-io');
  exit $code if $code != 0;
  unlink map { "/var/log/$_" } qw(dpkg.log alternatives.log apt/term.log apt/history.log);
  unlink '/var/cache/ldconfig/aux-cache';
  my $count = () = installed($root) =~ /^Status: install ok installed$/mg;
  syswrite $archive->{counted}, "$count\n";
}

# Nothing is started by it: there is nobody to look after it.
sub install_all {
  my ($root, $archive, @flags) = @_;
  my $path = '/usr/sbin/policy-rc.d';
  my %before = map { $_ => 1 } installed($root) =~ /^Package: (\S+)$/mg;
  my $own = forbid_services($root, $path);
  my $code = 0;
  for my $batch (@{$archive->{batches}}) {
    $code = dpkg([@flags], map { "$shown/$_.deb" } @$batch);
    last if $code != 0;
  }
  unlink $path if $own;
  mark_automatic($root, [grep { !$before{$_->{name}} } @{$archive->{automatic}}]) if $code == 0;
  return $code;
}

# What a package would start or stop (invoke-rc.d, deb-systemd-invoke), it does not, where the root says nothing of its own.
sub forbid_services {
  my ($root, $path) = @_;
  my $file = open_inside($root, $path, $O_CREAT | $O_EXCL | $O_NOFOLLOW | 1, 0755);
  if ($file < 0) {
    my $there = open_inside($root, $path, $O_NOFOLLOW | 0x800);
    return 0 if $there < 0;
    open(my $handle, '<&=', $there) or return 0;
    return 0 unless -f $handle && -s _ == length $policy;
    local $/;
    return <$handle> eq $policy;
  }
  open(my $handle, '>&=', $file) or return 0;
  print $handle $policy;
  close $handle;
  return 1;
}

sub dpkg {
  my ($flags, @debs) = @_;
  my $child = fork // fail("fork: $!");
  if (!$child) {
    syscall($number{close_range}, 3, 0xffffffff, 0);
    exec { 'dpkg' } qw(dpkg --force-confdef --force-confold), @$flags, '--install', @debs;
    print STDERR "cloister: dpkg: $!\n";
    exit($! == $ENOENT ? 127 : 126);
  }
  waitpid $child, 0;
  return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

# As apt notes what nobody asked for, so that it can be removed with what needs it.
sub mark_automatic {
  my ($root, $automatic) = @_;
  return unless @$automatic;
  my $directory = open_inside($root, '/var/lib/apt', $O_PATH | $O_DIRECTORY);
  return if $directory < 0;
  release($directory);
  my $file = open_inside($root, '/var/lib/apt/extended_states', $O_CREAT | $O_NOFOLLOW | 0x401, 0644);
  return if $file < 0;
  open(my $handle, '>>&=', $file) or fail("extended_states: $!");
  my $native = native($root);
  for my $package (@$automatic) {
    my $architecture = $package->{architecture} eq 'all' ? $native : $package->{architecture};
    print $handle "Package: $package->{name}\nArchitecture: $architecture\nAuto-Installed: 1\n\n";
  }
  close $handle;
}

# The architecture of dpkg itself.
sub native { my ($root) = @_; return installed($root) =~ /^Package: dpkg\n(?:.+\n)*?Architecture: (\S+)$/m ? $1 : 'all' }

# ---- in an environment that runs -----------------------------------------------------------------------------------------------------------

# `install index=FILE debs=DIRECTORY KEY=VALUE... -- NAME...`, the keys as those of `enter`: in the environment's namespaces and control groups, but with a mount namespace of
# this process's own, in which the packages are shown. What dpkg and the scripts may do is what a layer's may (see `confine`), and ends at the environment's ids.
sub install_inside {
  my ($one, $many, @wanted) = keys_and_rest(@_);
  prctl('not ptraceable', 4, 0);
  my $archive = archive_of($one->{index}, \@wanted, $one->{debs});
  my $place = fresh('tmpfs', ['source', 'packages'], ['mode', '0755']);
  attributes($place, 'nosuid,nodev,noexec');
  my $process = process($one->{pid}, $one->{start} // '');
  call('join pid', 'setns', namespace($process, 'pid'), 0);
  my $child = fork_into(@{$many->{cgroup} // []});
  if ($child) { waitpid $child, 0; exit($? & 127 ? 128 + ($? & 127) : $? >> 8) }
  join_groups(@{$many->{cgroup} // []});
  write_kernel('/proc/self/oom_score_adj', $one->{oom}) if defined $one->{oom};
  for my $limit (@{$many->{rlimit} // []}) {
    my ($resource, $soft, $hard) = split /:/, $limit;
    my $value = pack('QQ', map { $_ < 0 ? ~0 : $_ } $soft, $hard);
    call("resource limit $resource", 'prlimit64', 0, $resource + 0, $value, 0);
  }
  my $user = namespace($process, 'user');
  link_at($process, 'ns/user') ne readlink '/proc/self/ns/user' or fail('the environment has the ids of the host: nothing is installed in it while it runs');
  join_namespaces($process, qw(cgroup uts ipc net time mnt));
  # A copy of the environment's mounts, of which none comes back.
  call('mounts', 'unshare', $CLONE_NEWNS);
  call('mounts', 'mount', my $none = 'none', my $all = '/', 0, $MS_REC | $MS_PRIVATE, 0);
  chdir '/' or fail("root: $!");
  my $root = call('root', 'openat', $AT_FDCWD, my $path = '/', $O_PATH | $O_DIRECTORY | $O_CLOEXEC, 0);
  put($root, $place, '/mnt', 1, 1);
  $shown = '/mnt/cloister-packages';
  show_archive($root, $archive);
  call('join user', 'setns', $user, 0);
  become_root();
  umask 022;
  confine();
  %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME => '/root', LC_ALL => 'C.UTF-8', DEBIAN_FRONTEND => 'noninteractive');
  exit install_all($root, $archive, '--skip-same-version', '--refuse-downgrade');
}

# What dpkg has noted of the packages that there are; nothing where it has noted nothing.
sub installed {
  my ($root) = @_;
  my $file = open_inside($root, '/var/lib/dpkg/status', $O_NOFOLLOW | 0x800);
  return '' if $file < 0;
  open(my $handle, '<&=', $file) or return '';
  return '' unless -f $handle;
  local $/;
  return scalar(<$handle>) // '';
}

1;
