import type { TestNetwork } from "./test-network.ts";

// A pid, a port, a protocol. The descriptor of its socket at that port is taken over and shut down, as a debugger could.
const script = `my ($pid, $port, $protocol) = @ARGV;
my $hex = sprintf '%04X', $port;
my %bound;
for my $name ($protocol, $protocol . '6') { open(my $list, '<', "/proc/self/net/$name"); while (<$list>) { my @f = split; $bound{$f[9]} = 1 if $f[1] =~ /:$hex$/ && $f[3] =~ /^0[A7]$/ } }
my $process = syscall(434, $pid + 0, 0);
my $done = 0;
for my $path (glob "/proc/$pid/fd/*") {
  (readlink($path) // '') =~ /^socket:\\[(\\d+)\\]$/ && $bound{$1} or next;
  my ($number) = $path =~ /(\\d+)$/;
  my $fd = syscall(438, $process, $number + 0, 0);
  open(my $socket, '+<&=', $fd) or die "descriptor: $!";
  shutdown($socket, 2) or die "shutdown: $!";
  $done++;
}
print $done;`;

/** Has a process of a network listen no more at one of its ports. */
export function deafen(network: TestNetwork, pid: number, port: number): void {
  const done = network.run("perl", "-e", script, String(pid), String(port), "tcp");
  if (done === "0") throw new Error(`process ${pid} does not listen at port ${port}`);
}
