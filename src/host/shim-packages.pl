# The shim's packages: see shim-layer.pl, which uses it. dpkg of the root itself installs them, as root of a user namespace: nothing of a package runs before that.
use strict;
our (%number, $AT_FDCWD, $O_PATH, $O_DIRECTORY, $O_NOFOLLOW, $O_CLOEXEC, $O_CREAT, $O_EXCL, $ENOENT, $EEXIST);

# Where the packages are shown inside, on a tmpfs that is not kept.
our $shown = '/run/cloister-packages';

# ---- on the host ----------------------------------------------------------------------------------------------------------------------------

# INDEX: stanzas of an archive; WANTED: the names that were asked for, a line each; DEBS: directories of packages by their sha256, which were compared before.
sub archive {
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
  my %wanted = map { $_ => 1 } split /\n/, text_of($wanted);
  my $count = '/run/cloister/build/packages';
  open(my $counted, '>', $count) or fail("$count: $!");
  return {
    batches => batches(\%package),
    mounts => { map { my $mount = clone($package{$_}{deb}); attributes($mount, 'ro,nosuid,nodev,noexec'); ($_ => $mount) } keys %package },
    automatic => [map { $package{$_} } grep { !$wanted{$_} } sort keys %package],
    counted => $counted,
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

# Installs them, and leaves nothing that tells when that was. Nothing is started by it: there is nobody to look after it.
sub install {
  my ($root, $archive) = @_;
  my $policy = '/usr/sbin/policy-rc.d';
  my $own = forbid_services($root, $policy);
  my $code = 0;
  for my $batch (@{$archive->{batches}}) {
    $code = dpkg(map { "$shown/$_.deb" } @$batch);
    last if $code != 0;
  }
  unlink $policy if $own;
  exit($code > 255 ? 1 : $code) if $code != 0;
  unlink map { "/var/log/$_" } qw(dpkg.log alternatives.log apt/term.log apt/history.log);
  unlink '/var/cache/ldconfig/aux-cache';
  mark_automatic($root, $archive->{automatic});
  my $count = () = installed($root) =~ /^Status: install ok installed$/mg;
  syswrite $archive->{counted}, "$count\n" if defined $archive->{counted};
}

# What a package would start or stop (invoke-rc.d, deb-systemd-invoke), it does not, where the root says nothing of its own.
sub forbid_services {
  my ($root, $path) = @_;
  my $file = open_inside($root, $path, $O_CREAT | $O_EXCL | $O_NOFOLLOW | 1, 0755);
  if ($file < 0) { return 0 }
  open(my $handle, '>&=', $file) or return 0;
  print $handle "#!/bin/sh\nexit 101\n";
  close $handle;
  return 1;
}

sub dpkg {
  my (@debs) = @_;
  my $child = fork // fail("fork: $!");
  if (!$child) {
    syscall($number{close_range}, 3, 0xffffffff, 0);
    { no warnings; exec { 'dpkg' } qw(dpkg --force-confdef --force-confold --force-unsafe-io --install), @debs }
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
