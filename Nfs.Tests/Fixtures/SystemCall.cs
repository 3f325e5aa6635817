namespace Nfs.Tests.Fixtures;

/// <summary>Takes bytes as a send does: by a system call from where they are pinned.</summary>
internal static class SystemCall
{
    public static unsafe byte[] Take(ReadOnlyMemory<byte> memory)
    {
        using var directory = new TemporaryDirectory();
        using var file = File.OpenHandle(directory["taken"], FileMode.CreateNew, FileAccess.ReadWrite);
        using (var pin = memory.Pin())
        {
            RandomAccess.Write(file, new ReadOnlySpan<byte>(pin.Pointer, memory.Length), 0);
        }

        var taken = new byte[memory.Length];
        return RandomAccess.Read(file, taken, 0) == taken.Length ? taken : [];
    }
}
