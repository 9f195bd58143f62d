# launcher.pl DIRECTORY WORD...: starts the shim as a server (shim-serve.pl) and becomes Node, which finds it in CLOISTER_SERVER. It is compiled while Node
# starts; and a fork of ours is cheap, where Node would load its modules for processes and streams and copy the tables of 50 MB.
# No `use strict` here: that is one more file to read at every start.
my ($directory, @word) = @ARGV;
delete @ENV{qw(CLOISTER_SERVER CLOISTER_INHERITED PERL_BADLANG)};
if (opendir my $open, '/proc/self/fd') { $ENV{CLOISTER_INHERITED} = join ',', grep { /^\d+$/ } readdir $open }
my $above = $^F;
$^F = 15;                                              # these stay open in Node, which marks all below 16 as not to be passed on
my ($asked, $asks, $answers, $answered);
my $is_piped = pipe($asked, $asks) && pipe($answers, $answered) && fileno($answered) < 16;
if ($is_piped && defined(my $child = fork)) {
  if (!$child) {
    my $from = readlink '/proc/self/cwd';
    $^F = $above;
    my @part = grep(/^(?:apply|up)$/, @word) ? 'attach' : ();
    %ENV = (PATH => '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL => 'C');
    open(STDIN, '<&', $asked) && open(STDOUT, '>&', $answered) && open(STDERR, '>', '/dev/null') && chdir '/' or exit 126;
    syscall(436, 3, 0xffffffff, 0);                    # close_range(2): what Node may be given, what the shim starts is not
    exec '/usr/bin/perl', ($directory =~ m{^/} ? $directory : "$from/$directory") . '/shim.pl', 'self', 'serve', @part or exit 127;
  }
  close $_ for $asked, $answered;
  $ENV{CLOISTER_SERVER} = join ' ', fileno($asks), fileno($answers), $child;
} else { close $_ for grep { defined } $asked, $asks, $answers, $answered }
# Behind -- nothing is read by Node itself: it would take --env-file wherever it stands. One thread for V8 besides the main one is enough for so short a life.
exec 'node', '--v8-pool-size=1', '--preserve-symlinks-main', '--', "$directory/loader.cjs", @word or print(STDERR "error host/no-node: node: $!\n"), exit 6;
