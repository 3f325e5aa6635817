namespace Nfs.Tests.Fuzz.Wire;

/// <summary>What many results have in common.</summary>
internal static class ReplyParts
{
    public static void Handle(this FieldReader reader) => reader.Opaque(XdrKind.Handle, CallGrammar.HandleBytesMax);

    /// <summary><c>post_op_fh3</c>.</summary>
    public static void PostOpHandle(this FieldReader reader)
    {
        if (reader.Flag())
        {
            reader.Handle();
        }
    }

    /// <summary><c>post_op_attr</c>.</summary>
    public static void PostOp(this FieldReader reader)
    {
        if (reader.Flag())
        {
            reader.Attributes();
        }
    }

    /// <summary><c>wcc_data</c>.</summary>
    public static void Wcc(this FieldReader reader)
    {
        if (reader.Flag())
        {
            reader.Long();
            reader.Time();
            reader.Time();
        }

        reader.PostOp();
    }

    /// <summary><c>fattr3</c>.</summary>
    public static void Attributes(this FieldReader reader)
    {
        reader.Number(7);
        reader.Numbers(4);
        reader.Longs(2);
        reader.Numbers(2);
        reader.Longs(2);
        for (var i = 0; i < 3; i++)
        {
            reader.Time();
        }
    }

    public static void Numbers(this FieldReader reader, uint count)
    {
        for (; count > 0; count--)
        {
            reader.Number();
        }
    }

    public static void Longs(this FieldReader reader, int count)
    {
        for (; count > 0; count--)
        {
            reader.Long();
        }
    }

    private static void Time(this FieldReader reader)
    {
        reader.Number();
        reader.Number(999_999_999);
    }
}
