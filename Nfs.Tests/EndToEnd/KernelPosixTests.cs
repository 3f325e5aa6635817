using NUnit.Framework;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// POSIX's rules about who may do what, for users who share files by groups. A failure here is a user who reads or
/// changes what is not theirs, or is kept from what is. tools/pjdfstest asks far more than these.
/// </summary>
[Category("Kernel")]
internal sealed class KernelPosixTests
{
    private GatewayProcess _gateway = null!;

    [OneTimeSetUp]
    public async Task StartGateway() => _gateway = await GatewayProcess.StartAsync();

    [OneTimeTearDown]
    public void EndGateway() => _gateway.Dispose();

    [Test]
    public async Task UsersWithSupplementaryGroups_MayDoWhatTheModeSays()
    {
        await Guest.RunAsync(_gateway,
            """
            cat >/tmp/users <<'END'
            import errno, os, stat, sys

            ANN, BOB, EVE = (1000, [500, 600]), (1001, [500]), (1002, [])
            MANY = (1003, list(range(2000, 2016)))
            NOW, ACCES, PERM = None, errno.EACCES, errno.EPERM

            def do(who, act):
                child = os.fork()
                if child == 0:
                    os.umask(0)
                    os.setgroups(who[1])
                    os.setresgid(who[0], who[0], who[0])
                    os.setresuid(who[0], who[0], who[0])
                    try:
                        act()
                        os._exit(0)
                    except OSError as e:
                        os._exit(e.errno)
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

            wrong = 0
            def expect(code, who, act, *arguments):
                global wrong
                got = do(who, lambda: act(*arguments))
                if got != code:
                    wrong += 1
                    print(who, act.__name__, arguments, 'expected', code, 'got', got)

            def mode_is(expected, name):
                global wrong
                got = os.stat(name)
                if (got.st_mode & 0o7777, got.st_uid, got.st_gid) != expected:
                    wrong += 1
                    print(name, oct(got.st_mode & 0o7777), got.st_uid, got.st_gid, 'expected', expected)

            def make(name, mode): os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
            def read(name): open(name, 'rb').read()
            def write(name): open(name, 'r+b').write(b'data')
            def own(name, uid, gid, mode): os.chown(name, uid, gid); os.chmod(name, mode)
            def made(name, uid, gid, mode): make(name, 0o600); own(name, uid, gid, mode)

            os.umask(0)
            os.mkdir('team'); own('team', 0, 500, 0o2770)
            os.mkdir('drop'); own('drop', 0, 0, 0o1777)
            for name in 'from', 'to': os.mkdir(name); own(name, 0, 0, 0o777)

            # A directory that a group shares: its group goes on to what is made in it.
            expect(0, ANN, make, 'team/plan', 0o660)
            mode_is((0o660, 1000, 500), 'team/plan')
            expect(0, BOB, os.mkdir, 'team/sub', 0o770)
            mode_is((0o2770, 1001, 500), 'team/sub')
            expect(0, BOB, write, 'team/plan')
            expect(ACCES, EVE, read, 'team/plan')
            expect(ACCES, EVE, os.listdir, 'team')
            expect(ACCES, EVE, make, 'team/eve', 0o666)
            expect(ACCES, EVE, os.unlink, 'team/plan')

            # What only the owner may do, and what a group member may.
            expect(PERM, BOB, os.chmod, 'team/plan', 0o666)
            expect(PERM, BOB, os.utime, 'team/plan', (1, 1))
            expect(0, BOB, os.utime, 'team/plan', NOW)
            expect(PERM, BOB, os.chown, 'team/plan', -1, 500)
            expect(PERM, ANN, os.chown, 'team/plan', 1001, -1)
            expect(PERM, ANN, os.chown, 'team/plan', -1, 700)
            expect(0, ANN, os.chown, 'team/plan', -1, 600)
            expect(ACCES, BOB, read, 'team/plan')
            expect(ACCES, BOB, os.utime, 'team/plan', NOW)
            expect(0, ANN, os.chown, 'team/plan', 1000, 500)
            expect(0, BOB, read, 'team/plan')

            # Privileges go when somebody else writes or the group is not the owner's.
            for act in (write, lambda name: os.truncate(name, 1)):
                made('tool', 1000, 500, 0o6770)
                expect(0, BOB, act, 'tool')
                mode_is((0o770, 1000, 500), 'tool')
                os.unlink('tool')
            made('tool', 1000, 700, 0o755)
            expect(0, ANN, os.chmod, 'tool', 0o2755)
            mode_is((0o755, 1000, 700), 'tool')
            os.chown('tool', 1000, 600)
            expect(0, ANN, os.chmod, 'tool', 0o6755)
            mode_is((0o6755, 1000, 600), 'tool')
            expect(0, ANN, os.chown, 'tool', -1, 500)
            mode_is((0o755, 1000, 500), 'tool')

            # In a sticky directory a name is its owner's.
            expect(0, ANN, make, 'drop/ann', 0o666)
            expect(0, BOB, make, 'drop/bob', 0o666)
            expect(PERM, BOB, os.unlink, 'drop/ann')
            expect(PERM, BOB, os.rename, 'drop/ann', 'drop/taken')
            expect(PERM, BOB, os.rename, 'drop/bob', 'drop/ann')
            expect(0, BOB, os.rename, 'drop/bob', 'drop/robert')
            expect(0, ANN, os.unlink, 'drop/ann')

            # A directory that moves to another one changes itself.
            os.mkdir('from/sub'); own('from/sub', 1000, 500, 0o755)
            expect(ACCES, BOB, os.rename, 'from/sub', 'to/sub')
            expect(0, BOB, os.rename, 'from/sub', 'from/other')
            expect(0, ANN, os.rename, 'from/other', 'to/sub')
            made('to/sub/file', 1000, 500, 0o644)
            expect(errno.ENOTEMPTY, ANN, os.rmdir, 'to/sub')
            expect(ACCES, BOB, os.unlink, 'to/sub/file')

            # The first class that fits decides, and all sixteen groups that NFS can name count.
            made('class', 1000, 500, 0o604)
            expect(ACCES, BOB, read, 'class')
            expect(0, EVE, read, 'class')
            os.chmod('class', 0o066)
            expect(ACCES, ANN, read, 'class')
            expect(0, BOB, write, 'class')
            for group in MANY[1]:
                own('class', 0, group, 0o640)
                expect(0, MANY, read, 'class')
                expect(ACCES, MANY, write, 'class')

            expect(PERM, ANN, os.mknod, 'drop/device', stat.S_IFCHR | 0o666, os.makedev(1, 3))
            expect(0, ANN, os.mknod, 'drop/pipe', stat.S_IFIFO | 0o640)
            mode_is((0o640, 1000, 1000), 'drop/pipe')
            sys.exit(wrong > 0)
            END
            python3 /tmp/users
            """);
    }

    [Test]
    public async Task Link_ToTheLongestPath_IsKept()
    {
        await Guest.RunAsync(_gateway,
            """
            mkdir -p $(printf 'd%.0s' $(seq 100))/end
            path=$(printf 'd%.0s' $(seq 100))/$(printf './%.0s' $(seq 1995))end
            test ${#path} = 4094
            ln -s "$path" long
            ln -s "/$path" longest
            echo 3 >/proc/sys/vm/drop_caches
            test "$(readlink long)" = "$path"
            test "$(readlink longest)" = "/$path"
            echo text >long/file
            test "$(cat long/file)" = text
            """);
    }
}
