using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// Where Linux's client builds on what a server does and no program says so: names that it makes by itself, handles of
/// files that were opened, offsets of 64 bits, several connections. A failure here is a program that fails on the mount
/// and nowhere else.
/// </summary>
[Category("Kernel")]
internal sealed class KernelClientTests
{
    private GatewayProcess _gateway = null!;

    // Files of terabytes, nearly all holes, are not to be sent.
    [OneTimeSetUp]
    public async Task StartGateway() =>
        _gateway = await GatewayProcess.StartAsync("--flush-debounce", "1h", "--flush-max-age", "2h");

    [OneTimeTearDown]
    public void EndGateway() => _gateway.Dispose();

    // The line that the gateway prints at its start is all that a user has.
    [Test]
    [Covers("N-233")]
    public async Task Mount_WithThePrintedLine_Works()
    {
        var line = _gateway.Log.Split('\n')
            .Select(l => l.IndexOf("mount -t nfs ", StringComparison.Ordinal) is var at and >= 0 ? l[at..] : "")
            .First(l => l.Length > 0)
            .Replace("127.0.0.1:", "10.0.2.2:", StringComparison.Ordinal);

        await Guest.RunAsync(
            _gateway,
            $"""
            mkdir -p /mnt/nfsgw /tmp/one
            cd /tmp && umount /mnt && mkdir -p /mnt/nfsgw
            {line}
            grep -q ' /mnt/nfsgw nfs .*rsize=1048576,wsize=1048576.*local_lock=all' /proc/mounts
            echo text >/mnt/nfsgw/printed
            flock -n /mnt/nfsgw/printed true
            umount /mnt/nfsgw
            {line}
            test "$(cat /mnt/nfsgw/printed)" = text
            """);
    }

    // The tools that administrators look with, without a portmapper to ask.
    [Test]
    [Covers("N-242")]
    public async Task RpcinfoAndNfsstat_KnowTheServer()
    {
        await Guest.RunAsync(
            _gateway,
            $$"""
            at=10.0.2.2.{{_gateway.Port / 256}}.{{_gateway.Port % 256}}
            rpcinfo -a $at -T tcp 100003 3
            rpcinfo -a $at -T tcp 100005 3
            refused rpcinfo -a $at -T tcp 100003 4 2>/tmp/err
            grep -q 'low version = 3, high version = 3' /tmp/err
            nfsstat -m | grep -q 'vers=3,.*proto=tcp'
            nfsstat -c -3 | grep -q getattr
            """);
    }

    // A file that is deleted or replaced while it is open stays readable and writable, and is gone at the last close.
    [Test]
    [Covers("N-239")]
    public async Task OpenFile_Deleted_StaysUntilItIsClosed()
    {
        await Guest.RunAsync(_gateway,
            """
            mkdir silly && cd silly
            echo kept >file
            exec 3<>file 4<>file
            rm file
            refused test -e file
            test "$(ls -A | grep -c '^\.nfs')" = 1
            refused rmdir ../silly 2>/dev/null
            echo more >>/dev/fd/4
            sync
            echo 3 >/proc/sys/vm/drop_caches
            test "$(cat /dev/fd/3)" = $'kept\nmore'
            exec 3>&-
            test "$(ls -A | grep -c '^\.nfs')" = 1
            exec 4>&-
            test -z "$(ls -A)"

            echo old >target
            echo new >source
            exec 3<target
            mv source target
            test "$(cat target)" = new
            test "$(cat <&3)" = old
            exec 3<&-
            test "$(ls -A)" = target
            rm target
            rmdir ../silly
            """);
    }

    // A client that crashes cannot tidy up: what is left is found by its name, by the line in the README.
    [Test]
    [Covers("N-239")]
    public async Task OpenFile_DeletedByAClientThatCrashes_IsFoundAndCanBeDeleted()
    {
        using (var crashing = Guest.Start(
            _gateway,
            """
            mkdir left && cd left
            echo kept >file
            exec 3<file
            rm file
            echo deleted
            sleep infinity
            """))
        {
            await crashing.WaitForLineAsync("deleted");
        }

        await Guest.RunAsync(
            _gateway,
            """
            left=$(find left -name '.nfs*')
            test "$(cat $left)" = kept
            rm $left
            rmdir left
            """);
    }

    // A program opens a file, takes all rights away and goes on with what it has open, as editors and databases do.
    [Test]
    public async Task OpenFile_ChmodZero_CanStillBeReadAndWritten()
    {
        await Guest.RunAsync(_gateway,
            """
            mkdir -m 777 open
            cat >/tmp/open <<'END'
            import os
            def forget(file):
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            def use(file):
                os.pwrite(file, b'x' * 100000, 5)
                forget(file)
                assert os.pread(file, 200000, 0) == b'first' + b'x' * 100000
                os.ftruncate(file, 7)
                forget(file)
                assert os.pread(file, 200000, 0) == b'firstxx'
            file = os.open('open/later', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.pwrite(file, b'first', 0)
            os.fchmod(file, 0)
            use(file)
            file = os.open('open/at once', os.O_RDWR | os.O_CREAT | os.O_EXCL, 0)
            os.pwrite(file, b'first', 0)
            use(file)
            for name in ('open/later', 'open/at once'):
                assert os.stat(name).st_mode & 0o777 == 0
                try:
                    open(name)
                    raise AssertionError('opened ' + name)
                except PermissionError:
                    pass
            END
            setpriv --reuid 1000 --regid 1000 --clear-groups -- python3 /tmp/open
            """);
    }

    // A name is bytes: all of them but "/" and NUL come back as they were given.
    [Test]
    public async Task Names_OfEveryByteValue_ComeBack()
    {
        await Guest.RunAsync(_gateway,
            """
            mkdir names && cd names
            cat >/tmp/names <<'END'
            import os, sys
            values = [bytes([value]) for value in range(1, 256) if value != ord('/')]
            names = [value for value in values if value != b'.'] + [b''.join(values), b'..' + b'.' * 253]
            if sys.argv[1] == 'make':
                for name in names:
                    with open(name, 'xb') as file:
                        file.write(name)
            assert sorted(os.listdir(b'.')) == sorted(names)
            for name in names:
                assert open(name, 'rb').read() == name
            if sys.argv[1] == 'remove':
                for name in names[1::2]:
                    os.rename(name, b'renamed')
                    os.rename(b'renamed', name)
                for name in names:
                    os.unlink(name)
                assert os.listdir(b'.') == []
            END
            python3 /tmp/names make
            echo 3 >/proc/sys/vm/drop_caches
            python3 /tmp/names remove
            """);
    }

    // A sparse file of terabytes: no offset is cut to 32 or 63 bits on its way, and no file longer than promised.
    [Test]
    public async Task Offsets_BeyondFourGigabytes_AreKept()
    {
        await Guest.RunAsync(_gateway,
            """
            cat >/tmp/offsets <<'END'
            import errno, os
            offsets = [(1 << 31) - 5, (1 << 32) - 5, (1 << 32) + 50, (1 << 40) + 12345, (1 << 43) + 1]
            file = os.open('wide', os.O_RDWR | os.O_CREAT | os.O_EXCL)
            for offset in offsets:
                os.pwrite(file, b'%16d' % offset, offset)
                os.fsync(file)
                assert os.fstat(file).st_size == offset + 16
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            for offset in offsets:
                assert os.pread(file, 16, offset) == b'%16d' % offset, offset
                assert os.pread(file, 20, offset - 20) == bytes(20), offset
            assert os.pread(file, 16, 12345) == bytes(16)
            for change in (lambda: os.ftruncate(file, (1 << 53) + 1), lambda: os.pwrite(file, b'x', 1 << 53)):
                try:
                    change()
                    raise AssertionError('longer than a file may be')
                except OSError as e:
                    assert e.errno == errno.EFBIG, e
            os.ftruncate(file, (1 << 32) + 53)
            assert os.pread(file, 16, (1 << 32) + 50) == (b'%16d' % ((1 << 32) + 50))[:3]
            os.close(file)
            os.unlink('wide')
            END
            python3 /tmp/offsets
            """);
    }

    // Calls of one program spread over eight connections and overtake each other.
    [Test]
    public async Task EightConnections_CarryOneMount()
    {
        await Guest.RunAsync(
            _gateway,
            """
            mkdir eight
            head -c 2400000 /dev/urandom >/tmp/data
            pids=
            for i in $(seq 0 7); do
              (dd if=/tmp/data of=eight/whole bs=300000 skip=$i seek=$i count=1 conv=notrunc status=none
               cp /tmp/data eight/$i) &
              pids="$pids $!"
            done
            for p in $pids; do wait $p; done
            sync
            echo 3 >/proc/sys/vm/drop_caches
            for f in eight/*; do cmp /tmp/data $f; done
            test "$(ls eight | wc -l)" = 9
            awk '/xprt:/ && $8 > 0' /proc/self/mountstats >/tmp/used
            test "$(wc -l </tmp/used)" = 8
            """,
            new GuestOptions { Options = "nconnect=8" });
    }
}
