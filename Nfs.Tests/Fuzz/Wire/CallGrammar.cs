using Nfs.Server.Mount3;
using Nfs.Server.Nfs3;
using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// The arguments of every procedure, read from RFC 1813 a second time. Where the RFC leaves a limit to the server, as
/// for names, there is none here: too long a name is a status and not undecodable.
/// </summary>
internal static class CallGrammar
{
    public const uint HandleBytesMax = 64;

    public static void ReadArguments(FieldReader reader, uint program, uint procedure)
    {
        if (program == RpcWire.Nfs)
        {
            ReadNfs(reader, (NfsProc3)procedure);
        }
        else if (program == RpcWire.Mount && (MountProc3)procedure is MountProc3.MNT or MountProc3.UMNT)
        {
            reader.Opaque(XdrKind.Name);
        }
    }

    /// <summary>The body of AUTH_SYS.</summary>
    public static void ReadAuthSys(FieldReader reader)
    {
        reader.Number();
        reader.Opaque(XdrKind.Name, 255);
        reader.Number();
        reader.Number();
        for (var left = reader.Number(16, XdrKind.Choice); left > 0 && !reader.IsBroken; left--)
        {
            reader.Number();
        }
    }

    private static void ReadNfs(FieldReader reader, NfsProc3 procedure)
    {
        switch (procedure)
        {
            case NfsProc3.GETATTR or NfsProc3.READLINK or NfsProc3.FSSTAT or NfsProc3.FSINFO or NfsProc3.PATHCONF:
                Handle(reader);
                break;
            case NfsProc3.SETATTR:
                Handle(reader);
                Attributes(reader);
                Guard(reader);
                break;
            case NfsProc3.ACCESS:
                Handle(reader);
                reader.Number();
                break;
            case NfsProc3.READ or NfsProc3.COMMIT:
                Handle(reader);
                reader.Long();
                reader.Number();
                break;
            case NfsProc3.WRITE:
                Write(reader);
                break;
            case NfsProc3.READDIR or NfsProc3.READDIRPLUS:
                Listing(reader, isPlus: procedure == NfsProc3.READDIRPLUS);
                break;
            default:
                ReadNameChange(reader, procedure);
                break;
        }
    }

    /// <summary>Procedures that name something in a directory.</summary>
    private static void ReadNameChange(FieldReader reader, NfsProc3 procedure)
    {
        switch (procedure)
        {
            case NfsProc3.LOOKUP or NfsProc3.REMOVE or NfsProc3.RMDIR:
                Where(reader);
                break;
            case NfsProc3.CREATE:
                Where(reader);
                CreateHow(reader);
                break;
            case NfsProc3.MKDIR:
                Where(reader);
                Attributes(reader);
                break;
            case NfsProc3.SYMLINK:
                Where(reader);
                Attributes(reader);
                reader.Opaque(XdrKind.Name);
                break;
            case NfsProc3.MKNOD:
                Where(reader);
                NodeData(reader);
                break;
            case NfsProc3.RENAME:
                Where(reader);
                Where(reader);
                break;
            case NfsProc3.LINK:
                Handle(reader);
                Where(reader);
                break;
            default:
                break;
        }
    }

    private static void Handle(FieldReader reader) => reader.Opaque(XdrKind.Handle, HandleBytesMax);

    private static void Where(FieldReader reader)
    {
        reader.Opaque(XdrKind.Directory, HandleBytesMax);
        reader.Opaque(XdrKind.Name);
    }

    private static void CreateHow(FieldReader reader)
    {
        const uint Exclusive = 2;
        if (reader.Number(Exclusive, XdrKind.Choice) == Exclusive)
        {
            reader.Long();
        }
        else
        {
            Attributes(reader);
        }
    }

    /// <summary>Block and character devices, sockets and pipes; the other types carry nothing.</summary>
    private static void NodeData(FieldReader reader)
    {
        var type = reader.Number(kind: XdrKind.Choice);
        if (type is 3 or 4 or 6 or 7)
        {
            Attributes(reader);
        }

        if (type is 3 or 4)
        {
            reader.Number();
            reader.Number();
        }
    }

    private static void Write(FieldReader reader)
    {
        Handle(reader);
        reader.Long();
        var count = reader.Number();
        reader.Number(2, XdrKind.Choice);
        if (count > (uint)reader.Opaque(XdrKind.Bytes).Length)
        {
            reader.Break();
        }
    }

    private static void Listing(FieldReader reader, bool isPlus)
    {
        reader.Opaque(XdrKind.Directory, HandleBytesMax);
        reader.Long();
        reader.Long();
        reader.Number();
        if (isPlus)
        {
            reader.Number();
        }
    }

    /// <summary>Mode, uid, gid, size, atime, mtime.</summary>
    private static void Attributes(FieldReader reader)
    {
        for (var i = 0; i < 3; i++)
        {
            if (reader.Flag())
            {
                reader.Number();
            }
        }

        if (reader.Flag())
        {
            reader.Long();
        }

        const uint ToClientTime = 2;
        for (var i = 0; i < 2; i++)
        {
            if (reader.Number(ToClientTime, XdrKind.Choice) == ToClientTime)
            {
                Time(reader);
            }
        }
    }

    private static void Guard(FieldReader reader)
    {
        if (reader.Flag())
        {
            Time(reader);
        }
    }

    private static void Time(FieldReader reader)
    {
        reader.Number();
        reader.Number();
    }
}
