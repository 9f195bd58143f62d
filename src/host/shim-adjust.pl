# The shim's `adjust`: see shim.pl, which loads it.
use strict;
our ($arch, %number, $AT_FDCWD, $O_CLOEXEC);

# Sets the oom score and the resource limits of the processes that are named and of all in the groups (each with what lies below it, but for the groups named
# `keeper`). A score is written through a descriptor of the process's own directory of /proc, which a recycled pid cannot take over. A limit can only be set by
# number: so by its number in the environment's pid namespace, where a number that was given away meanwhile is a process of the same environment.
# What a process forks before it is set has the old values: so until nobody new was found three times in a row.
sub adjust {
  my (%one, %many);
  for (@_) { my ($key, $value) = split /=/, $_, 2; $one{$key} = $value; push @{$many{$key}}, $value }
  prctl('not ptraceable', 4, 0);
  my $keeper = process($one{pid}, $one{start});
  my $set = setter($keeper, $one{raises} // 1, @{$many{rlimit} // []});
  my %done;
  for my $named (@{$many{process} // []}) { my ($pid, $start) = split /:/, $named; set_process($pid, $start, $one{oom}, $set, \%done) }
  join_group(split /:/, $_, 3) for @{$many{join} // []};
  my $sets = defined $one{oom} || $many{rlimit};
  for (my $quiet = 0; $sets && $quiet < 3 && @{$many{group} // []}; $quiet++) {
    for my $group (@{$many{group}}) { $quiet = -1 if adjust_group($group, $one{oom}, $set, \%done) }
    select undef, undef, undef, 0.001;
  }
  $set->();
}

# Moves a process into a control group. One that has ended is done; should another one have its number by now, it was given away within these few lines.
sub join_group {
  my ($pid, $start, $group) = @_;
  return unless defined eval { process($pid, $start) };
  write_kernel("$group/cgroup.procs", $pid);
}

# Whether somebody new was in it.
sub adjust_group {
  my ($group, $oom, $set, $done) = @_;
  my $new = 0;
  if (open(my $list, '<', "$group/cgroup.procs")) {
    for my $pid (map { $_ + 0 } <$list>) { $new = 1 if $pid && set_process($pid, '', $oom, $set, $done) }
  }
  opendir(my $directory, $group) or return $new;
  for my $below (grep { !/^\./ && $_ ne 'keeper' && -d "$group/$_" } readdir $directory) { $new = 1 if adjust_group("$group/$below", $oom, $set, $done) }
  return $new;
}

# Whether it was one that had not been set. One that has ended is done.
sub set_process {
  my ($pid, $start, $oom, $set, $done) = @_;
  my $process = eval { process($pid, $start) } // return 0;
  my $line = (eval { slurp_at($process, 'stat') } // return 0) =~ s/^.*\) //sr;
  my $new = !$done->{"$pid " . (split / /, $line)[19]}++;
  if ($new && defined $oom) {
    my $fd = syscall($number{openat}, $process, my $name = 'oom_score_adj', 1 | $O_CLOEXEC, 0);
    if ($fd >= 0 && open(my $file, '>&=', $fd)) { defined syswrite($file, $oom) or $! == 3 or fail("oom score of $pid: $!") }
  }
  $set->($process) if $new;
  open(my $close, '<&=', $process);
  return $new;
}

# Without SYS_RESOURCE (raises=0) what entered with a lower hard limit keeps that; the main process is started anew then (see resources/ulimit-state.ts).
# A child in the environment's pid namespace that sets the limits of whom it is told; told nobody, it ends.
sub setter {
  my ($keeper, $raises, @limit) = @_;
  return sub { } unless @limit;
  my $level = () = numbers($keeper);
  call('join pid', 'setns', namespace($keeper, 'pid'), 0) if link_at($keeper, 'ns/pid') ne readlink '/proc/self/ns/pid';
  pipe(my $told, my $tell) && pipe(my $answer, my $say) or fail("pipe: $!");
  my $child = fork // fail("fork: $!");
  if (!$child) {
    close $tell; close $answer;
    prctl('not ptraceable', 4, 0);
    while (sysread $told, my $word, 4) {
      my $pid = unpack 'L', $word;
      for my $limit (@limit) {
        my ($resource, $soft, $hard) = split /:/, $limit;
        my $value = pack('QQ', map { $_ < 0 ? ~0 : $_ } $soft, $hard);
        syscall($number{prlimit64}, $pid, $resource + 0, $value, 0) == 0 or $! == 3 or $! == 1 && !$raises or fail("resource limit $resource: prlimit64: $!");
      }
      syswrite $say, 'd';
    }
    exit 0;
  }
  close $told; close $say;
  return sub {
    my ($process) = @_;
    my $pid = defined $process ? (numbers($process))[$level - 1] : undef;
    if (defined $pid) { syswrite $tell, pack 'L', $pid; sysread($answer, my $done, 1) or exit 125 }
    return if defined $process;
    close $tell;
    waitpid $child, 0;
    exit 125 if $?;
  };
}

# A process's numbers in the pid namespaces that it is in, from ours inward.
sub numbers { my ($process) = @_; return (eval { slurp_at($process, 'status') } // '') =~ /^NSpid:(.*)$/m ? split ' ', $1 : () }

1;
