#!/usr/bin/perl
# Runs runc on a machine whose processes may not hold CAP_SYS_RESOURCE (sandboxes,
# virtual machines of some CI services). Engines ask for that capability for every
# privileged container, raise resource limits and lower oom scores; without the
# capability runc fails on each of the three. This wrapper edits what the engine
# asks for and then becomes runc.
#
# It runs on every container start and exec, so it uses what Debian's perl-base
# (an essential package) has and rewrites the JSON text in place of decoding it.
#
#   create, run   config.json in the bundle, below "process"
#   exec          the file named by --process
#
# `runc-wrapper.pl --edit-process` and `--edit-config` filter standard input to
# standard output, for tests.
use strict;
use warnings;

my $STRING = qr/"(?:[^"\\]++|\\.)*+"/s;
my $NESTED = qr/(?<nested>[\{\[](?:[^\{\}\[\]"]++|$STRING|(?&nested))*+[\}\]])/s;
my $VALUE  = qr/$NESTED|$STRING|[^\s,\}\]]++/s;

my %LIMIT_NAMES = (
    'Max cpu time'          => 'RLIMIT_CPU',
    'Max file size'         => 'RLIMIT_FSIZE',
    'Max data size'         => 'RLIMIT_DATA',
    'Max stack size'        => 'RLIMIT_STACK',
    'Max core file size'    => 'RLIMIT_CORE',
    'Max resident set'      => 'RLIMIT_RSS',
    'Max processes'         => 'RLIMIT_NPROC',
    'Max open files'        => 'RLIMIT_NOFILE',
    'Max locked memory'     => 'RLIMIT_MEMLOCK',
    'Max address space'     => 'RLIMIT_AS',
    'Max file locks'        => 'RLIMIT_LOCKS',
    'Max pending signals'   => 'RLIMIT_SIGPENDING',
    'Max msgqueue size'     => 'RLIMIT_MSGQUEUE',
    'Max nice priority'     => 'RLIMIT_NICE',
    'Max realtime priority' => 'RLIMIT_RTPRIO',
    'Max realtime timeout'  => 'RLIMIT_RTTIME',
);

# Replaces the value of one member of a JSON object by what $edit returns for it.
sub edit_member {
    my ($object, $name, $edit) = @_;
    pos($$object) = 0;
    return unless $$object =~ /\G\s*\{/gc;
    while ($$object =~ /\G[\s,]*($STRING)\s*:\s*/gc) {
        my $key = $1;
        my $start = pos $$object;
        return unless $$object =~ /\G$VALUE/gc;
        next unless $key eq qq("$name");
        my $length = pos($$object) - $start;
        substr($$object, $start, $length, $edit->(substr($$object, $start, $length)));
        return;
    }
}

sub without_capability {
    my ($sets) = @_;
    $sets =~ s/"CAP_SYS_RESOURCE"\s*,\s*|,?\s*"CAP_SYS_RESOURCE"//g;
    return $sets;
}

# The hard limits of this process, which are the most that it may give to others.
sub hard_limits {
    my %limits;
    open my $file, '<', '/proc/self/limits' or return %limits;
    while (<$file>) {
        next unless /^(Max .*?)\s{2,}\S+\s+(\S+)/;
        $limits{ $LIMIT_NAMES{$1} } = $2 if $LIMIT_NAMES{$1} && $2 ne 'unlimited';
    }
    return %limits;
}

sub within_hard_limits {
    my ($rlimits) = @_;
    return $rlimits unless $rlimits =~ /\{/;
    my %hard = hard_limits();
    $rlimits =~ s{(\{[^{}]*\})}{
        my $entry = $1;
        my ($type) = $entry =~ /"type"\s*:\s*"(\w+)"/;
        my $most = defined $type ? $hard{$type} : undef;
        $entry =~ s/("(?:hard|soft)"\s*:\s*)(\d+)/$1 . ($2 > $most ? $most : $2)/ge
            if defined $most;
        $entry;
    }ge;
    return $rlimits;
}

sub edit_process {
    my ($process) = @_;
    edit_member(\$process, 'capabilities', \&without_capability);
    edit_member(\$process, 'rlimits',      \&within_hard_limits);
    edit_member(\$process, 'oomScoreAdj', sub { $_[0] =~ /^-/ ? 0 : $_[0] });
    return $process;
}

sub edit_config {
    my ($config) = @_;
    edit_member(\$config, 'process', \&edit_process);
    return $config;
}

sub slurp {
    my ($handle) = @_;
    local $/;
    return scalar <$handle>;
}

sub rewrite {
    my ($path, $edit) = @_;
    open my $in, '<', $path or return;    # runc names the missing file better
    my $before = slurp($in);
    my $after  = $edit->($before);
    return if $after eq $before;
    my $mode = (stat $in)[2] & 07777;
    open my $out, '>', "$path.$$" or die "runc-wrapper: cannot write $path.$$: $!\n";
    chmod $mode, "$path.$$";
    print {$out} $after and close $out and rename "$path.$$", $path
        or die "runc-wrapper: cannot rewrite $path: $!\n";
}

# The sub-command and its arguments, after runc's own options.
sub subcommand {
    my @args = @_;
    while (@args) {
        my $arg = shift @args;
        return ($arg, @args) unless $arg =~ /^-/;
        shift @args if $arg =~ /^--?(?:log|log-format|root|criu|rootless)$/;
    }
    return '';
}

sub option {
    my ($names, @args) = @_;
    while (@args) {
        my $arg = shift @args;
        return undef if $arg eq '--';
        return $1 if $arg =~ /^--?(?:$names)=(.*)$/s;
        return shift @args if $arg =~ /^--?(?:$names)$/;
    }
    return undef;
}

if (@ARGV == 1 && $ARGV[0] =~ /^--edit-(process|config)$/) {
    print $1 eq 'config' ? edit_config(slurp(\*STDIN)) : edit_process(slurp(\*STDIN));
    exit 0;
}

my ($command, @rest) = subcommand(@ARGV);
if ($command eq 'create' || $command eq 'run') {
    my $bundle = option('bundle|b', @rest);
    rewrite((defined $bundle ? $bundle : '.') . '/config.json', \&edit_config);
}
elsif ($command eq 'exec') {
    my $file = option('process|p', @rest);
    rewrite($file, \&edit_process) if defined $file;
}

my ($runc) = grep { -x } qw(/usr/sbin/runc /usr/bin/runc /usr/local/sbin/runc /usr/local/bin/runc);
die "runc-wrapper: runc is not installed\n" unless $runc;
exec { $runc } $runc, @ARGV or die "runc-wrapper: cannot run $runc: $!\n";
