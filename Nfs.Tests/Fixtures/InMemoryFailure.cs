using Vfs.Core;

namespace Nfs.Tests.Fixtures;

/// <summary>Results that are nothing but an error.</summary>
internal static class InMemoryFailure
{
    public static T Of<T>(VfsError error)
        where T : struct =>
        (T)(object)(default(T) switch
        {
            ChangeResult => new ChangeResult(error, default),
            WriteResult => new WriteResult(error, 0, Stability.Unstable, 0, default),
            CommitResult => new CommitResult(error, 0, default),
            CreateResult => new CreateResult(error, null, default),
            RenameResult => new RenameResult(error, default, default),
            LinkResult => (object)new LinkResult(error, null, default),
            _ => throw new ArgumentException("not the result of a change"),
        });
}
