using NUnit.Framework;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.EndToEnd;

/// <summary>
/// What people do with a mount, done by Linux's own client. A failure here is a command that fails, or that ends well
/// and leaves something wrong.
/// </summary>
[Category("Kernel")]
internal sealed class KernelFileTests
{
    private GatewayProcess _gateway = null!;

    [OneTimeSetUp]
    public async Task StartGateway() => _gateway = await GatewayProcess.StartAsync();

    [OneTimeTearDown]
    public void EndGateway() => _gateway.Dispose();

    // A user copies a tree to the mount: every name, byte, mode, owner, time and link must be as it was.
    [Test]
    public async Task Copy_TreeOfTwoThousandFiles_IsTheSameTree()
    {
        await Guest.RunAsync(_gateway,
            """
            cd /usr
            find bin lib share \( -type f -size -64k -o -type l \) >/tmp/all
            head -n 2000 /tmp/all >/tmp/list
            mkdir /tmp/tree
            tar -cf - -T /tmp/list | tar -xf - -C /tmp/tree
            test "$(find /tmp/tree -type f -o -type l | wc -l)" = 2000

            cp -a /tmp/tree /mnt/tree
            sync
            echo 3 >/proc/sys/vm/drop_caches

            diff -r --no-dereference /tmp/tree /mnt/tree
            for t in /tmp/tree /mnt/tree; do
              cd $t
              find . \( -type d -printf '%p %m %U:%G %T@\n' \) -o -printf '%p %y %m %U:%G %s %T@ %n %l\n' | sort >/tmp/$(basename $(dirname $t)).list
            done
            diff /tmp/tmp.list /tmp/mnt.list
            """);
    }

    // A developer works in a repository on the mount; git checks every object that it wrote.
    [Test]
    public async Task Git_AddCommitCloneFsck_FindNothingWrong()
    {
        await Guest.RunAsync(_gateway,
            """
            git config --global user.name Tester
            git config --global user.email tester@example.org
            git config --global init.defaultBranch main
            git init -q work
            cp -r /usr/share/perl5 work/
            cd work
            git add .
            git commit -qm 'First'
            echo more >>perl5/notes
            git add perl5/notes
            git commit -qm 'Second'
            git mv perl5/notes perl5/notes.txt
            git commit -qm 'Third'
            git gc -q
            git clone -q . ../clone
            sync
            echo 3 >/proc/sys/vm/drop_caches
            git fsck --strict
            git -C ../clone fsck --strict
            test -z "$(git -C ../clone status --porcelain)"
            test "$(git rev-list --count HEAD)" = 3
            diff -r perl5 ../clone/perl5
            """);
    }

    // A backup goes in and comes out: tar compares content, owners, modes and times with its archive.
    [Test]
    public async Task Tar_InAndOut_KeepsOwnersModesAndTimes()
    {
        await Guest.RunAsync(_gateway,
            """
            mkdir -p /tmp/src/deep/er
            cp -r /usr/share/perl5/* /tmp/src/deep
            chown -R 1234:4321 /tmp/src/deep
            chown 7:8 /tmp/src/deep/er
            chmod 6751 /tmp/src/deep/er
            find /tmp/src -type f -exec touch -d '2001-02-03 04:05:06.123456789 UTC' {} +
            ln -s deep/er /tmp/src/link
            mkfifo /tmp/src/pipe
            find /tmp/src -type d -exec touch -d '2002-03-04 05:06:07.5 UTC' {} +
            tar --format=posix --numeric-owner -cf /tmp/in.tar -C /tmp/src .

            mkdir /mnt/tar
            tar --numeric-owner -xpf /tmp/in.tar -C /mnt/tar
            sync
            echo 3 >/proc/sys/vm/drop_caches

            tar --numeric-owner -df /tmp/in.tar -C /mnt/tar
            tar --format=posix --numeric-owner -cf /tmp/out.tar -C /mnt/tar .
            mkdir /tmp/again
            tar --numeric-owner -xpf /tmp/out.tar -C /tmp/again
            for d in /tmp/src /tmp/again; do
              (cd $d && find . -printf '%p %y %m %U:%G %T@ %l\n' | sort) >$d.list
            done
            diff /tmp/src.list /tmp/again.list
            diff -r --no-dereference /tmp/src/deep /tmp/again/deep
            """);
    }

    // A program keeps its database on the mount: nothing may be lost or torn, rollback journal and all.
    [Test]
    public async Task Sqlite_TenThousandInserts_PassesTheIntegrityCheck()
    {
        await Guest.RunAsync(_gateway,
            """
            {
              echo 'CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, body BLOB); CREATE INDEX i ON t (name);'
              for batch in $(seq 0 99); do
                echo 'BEGIN;'
                for n in $(seq $((batch * 100 + 1)) $((batch * 100 + 100))); do
                  echo "INSERT INTO t VALUES ($n, 'name $n', randomblob(200));"
                done
                echo 'COMMIT;'
              done
              echo 'BEGIN; DELETE FROM t; ROLLBACK;'
            } >/tmp/inserts
            sqlite3 -bail db <<<'.read /tmp/inserts'
            sync
            echo 3 >/proc/sys/vm/drop_caches
            test "$(sqlite3 db 'PRAGMA integrity_check')" = ok
            test "$(sqlite3 db 'SELECT count(*), count(DISTINCT name), sum(id) FROM t')" = '10000|10000|50005000'
            test ! -e db-journal
            """);
    }

    // The small tools that scripts are made of; each one changes what the next one must see.
    [Test]
    public async Task EverydayCommands_DoWhatTheyDoOnADisk()
    {
        await Guest.RunAsync(_gateway,
            """
            umask 022
            mkdir day && cd day
            echo one >a
            ln a b
            test a -ef b
            test "$(stat -c %h a)" = 2
            echo two >>b
            cmp a b
            rm a
            test "$(stat -c %h b)" = 1

            ln -s b s
            test "$(readlink s)" = b
            cmp s b
            ln -s nowhere dangling
            test -L dangling
            refused test -e dangling

            mkfifo p
            (echo through >p) &
            read -r line <p
            wait
            test "$line" = through
            mknod c c 1 3
            test "$(stat -c '%F %t,%T' c)" = 'character special file 1,3'

            chmod 3750 b && test "$(stat -c %a b)" = 3750
            chmod 750 b && test "$(stat -c %a b)" = 750
            chown 1000:1001 b && test "$(stat -c %u:%g b)" = 1000:1001
            touch -d '1999-12-31 23:59:59.987654321 UTC' b
            test "$(stat -c %.9Y b)" = 946684799.987654321
            touch -a -d '2020-01-01 UTC' b
            test "$(stat -c '%X %Y' b)" = '1577836800 946684799'
            truncate -s 5 b && test "$(cat b)" = $'one\nt'
            truncate -s 100000 b && test "$(stat -c %s b)" = 100000

            echo new >n
            echo old >o
            exec 3<o
            mv n o
            test "$(cat o)" = new
            test "$(cat <&3)" = old
            exec 3<&-
            rm o
            mkdir -p x/y/z
            mv x/y w
            test -d w/z
            refused rmdir w 2>/tmp/err
            grep -qi 'not empty' /tmp/err

            name=$(printf 'n%.0s' $(seq 255))
            touch "$name" && test -e "$name"
            refused touch "${name}n" 2>/tmp/err
            grep -qi 'too long' /tmp/err
            touch $'line\nbreak' $'\xff\xfe' 'a b' 'ä'
            test "$(find . -mindepth 1 -maxdepth 1 -printf x | wc -c)" = 12
            ls -lR >/dev/null
            test "$(find . -type d | wc -l)" = 4
            df . | grep -q '^10.0.2.2:/'
            test "$(df --output=size . | tail -n 1)" -gt 0
            test "$(df --output=itotal . | tail -n 1)" -gt 0
            """);
    }

    // Programs that lock a file against each other on one machine: the mount lines that we print let the client do it.
    [Test]
    [Covers("EC-269")]
    public async Task Locks_ShutOthersOut_UntilTheyAreGivenBack()
    {
        await Guest.RunAsync(_gateway,
            """
            echo data >locked
            exec 3<>locked
            flock -n 3
            refused flock -n locked true
            exec 3>&-
            flock -n locked true

            cat >/tmp/lock <<'END'
            import fcntl, os, sys
            file = open('locked', 'r+')
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 2, int(sys.argv[1]))
            except BlockingIOError:
                sys.exit(7)
            sys.exit(os.waitstatus_to_exitcode(os.system(sys.argv[2])) if len(sys.argv) > 2 else 0)
            END
            python3 /tmp/lock 0 'python3 /tmp/lock 2'
            rc=0; python3 /tmp/lock 0 'python3 /tmp/lock 1' || rc=$?
            test $rc = 7
            python3 /tmp/lock 1
            test "$(cat locked)" = data
            """);
    }

    // Permissions are the server's to keep: a user must not read, write or remove what is not theirs.
    [Test]
    public async Task Permissions_OfAnotherUser_AreKept()
    {
        await Guest.RunAsync(_gateway,
            """
            as() { setpriv --reuid "$1" --regid "$1" --groups "$2" -- sh -c "$3"; }
            mkdir perms && cd perms
            echo secret >private && chmod 600 private
            echo group >shared && chown 0:500 shared && chmod 640 shared
            mkdir sticky && chmod 1777 sticky
            mkdir team && chown 0:500 team && chmod 2775 team

            refused as 1000 1000 'cat private' 2>/dev/null
            refused as 1000 1000 'cat shared' 2>/dev/null
            test "$(as 1000 500 'cat shared')" = group
            refused as 1000 500 'echo more >>shared' 2>/dev/null
            as 1000 1000 'echo mine >sticky/mine'
            refused as 1001 1001 'rm -f sticky/mine' 2>/dev/null
            refused as 1001 1001 'mv sticky/mine sticky/yours' 2>/dev/null
            as 1000 1000 'rm sticky/mine'
            as 1000 500 'touch team/new && mkdir team/sub'
            test "$(stat -c %u:%g team/new)" = 1000:500
            test "$(stat -c %g:%a team/sub)" = 500:2755
            as 1000 1000 'touch sticky/run && chmod 4755 sticky/run'
            as 1000 1000,500 'chgrp 500 sticky/run'
            test "$(stat -c %g:%a sticky/run)" = 500:755
            refused as 1000 1000 'chown 1001 sticky' 2>/dev/null
            refused as 1000 1000 'chmod 777 private' 2>/dev/null
            """);
    }

    // A large directory fills, lists and goes: no name twice, none missing, none left.
    [Test]
    public async Task Directory_OfFiveThousandFiles_ListsAndGoes()
    {
        await Guest.RunAsync(_gateway,
            """
            mkdir many
            (cd many && seq -f 'name%05.0f' 5000 | xargs touch)
            echo 3 >/proc/sys/vm/drop_caches
            ls -U many | sort >/tmp/listed
            seq -f 'name%05.0f' 5000 | diff - /tmp/listed
            rm -r many
            refused test -e many
            """);
    }

    // A disk image is written and read back: a gigabyte, each block in its place, for the kernel's client, for a
    // client in user space, and in the store.
    [Test]
    public async Task Gigabyte_WrittenWithDd_HasTheSameHashEverywhere()
    {
        using var directory = new TemporaryDirectory();
        var hash = RandomFile.Write(directory["source"], 1L << 30, seed: 1);

        var output = await Guest.RunAsync(
            _gateway,
            """
            dd if=/dev/vdb of=big bs=1M conv=fsync status=none
            test "$(stat -c %s big)" = 1073741824
            echo 3 >/proc/sys/vm/drop_caches
            sha256sum <big
            """,
            new GuestOptions { Disk = directory["source"] });
        Assert.That(output, Does.StartWith(hash));

        Assert.That(await Libnfs.Sha256Async(_gateway, "/big"), Is.EqualTo(hash));

        await _gateway.SyncAsync("big");
        await _gateway.EvictAsync("big");
        var before = await _gateway.StatusAsync();
        Assert.That(await Libnfs.Sha256Async(_gateway, "/big"), Is.EqualTo(hash), "from the store");
        var after = await _gateway.StatusAsync();
        Assert.That(after.FetchedBytes - before.FetchedBytes, Is.GreaterThanOrEqualTo(1UL << 30));
    }
}
