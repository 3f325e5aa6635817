using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>The results of every procedure as RFC 1813 lays them out.</summary>
internal static class ReplyGrammar
{
    /// <summary>Reads the results of a procedure, to their end unless they are broken; gives their status.</summary>
    public static uint ReadResults(FieldReader reader, uint program, uint procedure)
    {
        if (program == RpcWire.Mount)
        {
            return ReadMount(reader, (MountProc3)procedure);
        }

        if (procedure == (uint)NfsProc3.NULL)
        {
            return 0;
        }

        var status = reader.Number();
        if (!Enum.IsDefined((NfsStat3)status))
        {
            reader.Break();
        }
        else if (status == (uint)NfsStat3.NFS3_OK)
        {
            ReadSuccess(reader, (NfsProc3)procedure);
        }
        else
        {
            ReadFailure(reader, (NfsProc3)procedure);
        }

        return status;
    }

    private static uint ReadMount(FieldReader reader, MountProc3 procedure)
    {
        switch (procedure)
        {
            case MountProc3.MNT:
                var status = reader.Number();
                if (status == (uint)MountStat3.MNT3_OK)
                {
                    reader.Handle();
                    reader.Numbers(reader.Number(16));
                }

                return status;
            case MountProc3.DUMP:
                while (reader.Flag())
                {
                    reader.Opaque(XdrKind.Name);
                    reader.Opaque(XdrKind.Name);
                }

                return 0;
            case MountProc3.EXPORT:
                while (reader.Flag())
                {
                    reader.Opaque(XdrKind.Name);
                    while (reader.Flag())
                    {
                        reader.Opaque(XdrKind.Name);
                    }
                }

                return 0;
            default:
                return 0;
        }
    }

    private static void ReadFailure(FieldReader reader, NfsProc3 procedure)
    {
        switch (procedure)
        {
            case NfsProc3.GETATTR:
                break;
            case NfsProc3.RENAME:
                reader.Wcc();
                reader.Wcc();
                break;
            case NfsProc3.LINK:
                reader.PostOp();
                reader.Wcc();
                break;
            case NfsProc3.LOOKUP or NfsProc3.ACCESS or NfsProc3.READLINK or NfsProc3.READ or NfsProc3.READDIR or
                NfsProc3.READDIRPLUS or NfsProc3.FSSTAT or NfsProc3.FSINFO or NfsProc3.PATHCONF:
                reader.PostOp();
                break;
            default:
                reader.Wcc();
                break;
        }
    }

    private static void ReadSuccess(FieldReader reader, NfsProc3 procedure)
    {
        switch (procedure)
        {
            case NfsProc3.GETATTR:
                reader.Attributes();
                break;
            case NfsProc3.LOOKUP:
                reader.Handle();
                reader.PostOp();
                reader.PostOp();
                break;
            case NfsProc3.CREATE or NfsProc3.MKDIR or NfsProc3.SYMLINK or NfsProc3.MKNOD:
                reader.PostOpHandle();
                reader.PostOp();
                reader.Wcc();
                break;
            case NfsProc3.WRITE:
                reader.Wcc();
                reader.Number();
                reader.Number(2);
                reader.Long();
                break;
            case NfsProc3.COMMIT:
                reader.Wcc();
                reader.Long();
                break;
            case NfsProc3.SETATTR or NfsProc3.REMOVE or NfsProc3.RMDIR or NfsProc3.RENAME or NfsProc3.LINK:
                ReadFailure(reader, procedure);
                break;
            default:
                reader.PostOp();
                ReadAfterAttributes(reader, procedure);
                break;
        }
    }

    private static void ReadAfterAttributes(FieldReader reader, NfsProc3 procedure)
    {
        switch (procedure)
        {
            case NfsProc3.ACCESS:
                reader.Number(0x3F);
                break;
            case NfsProc3.READLINK:
                reader.Opaque(XdrKind.Name);
                break;
            case NfsProc3.READ:
                var count = reader.Number();
                reader.Flag();
                if (count != reader.Opaque(XdrKind.Bytes).Length)
                {
                    reader.Break();
                }

                break;
            case NfsProc3.READDIR or NfsProc3.READDIRPLUS:
                reader.Long();
                Entries(reader, isPlus: procedure == NfsProc3.READDIRPLUS);
                reader.Flag();
                break;
            case NfsProc3.FSSTAT:
                reader.Longs(6);
                reader.Number();
                break;
            case NfsProc3.FSINFO:
                reader.Numbers(7);
                reader.Long();
                reader.Numbers(3);
                break;
            case NfsProc3.PATHCONF:
                reader.Numbers(2);
                for (var i = 0; i < 4; i++)
                {
                    reader.Flag();
                }

                break;
            default:
                reader.Break();
                break;
        }
    }

    private static void Entries(FieldReader reader, bool isPlus)
    {
        while (reader.Flag())
        {
            reader.Long();
            reader.Opaque(XdrKind.Name, 255);
            reader.Long();
            if (isPlus)
            {
                reader.PostOp();
                reader.PostOpHandle();
            }
        }
    }
}
