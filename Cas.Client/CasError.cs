namespace Cas.Client;

/// <summary>Why the store could not do something.</summary>
public enum CasError : byte
{
    /// <summary>It succeeded.</summary>
    None,

    /// <summary>No such content or path.</summary>
    NotFound,

    /// <summary>The tree changed: a path is not at the version that a change expects. Nothing was changed.</summary>
    Conflict,

    /// <summary>Stored bytes do not match their hash, or a format rule is broken.</summary>
    Corrupt,

    /// <summary>No answer, a broken connection, or a server fault.</summary>
    Unreachable,

    /// <summary>The store asks to slow down.</summary>
    Throttled,

    /// <summary>The credentials are missing, wrong or expired.</summary>
    Unauthorized,

    /// <summary>The credentials do not allow it.</summary>
    Forbidden,

    /// <summary>The store is full.</summary>
    NoSpace,

    /// <summary>The caller asked for something impossible: a range past the end, unsorted edits.</summary>
    Invalid,
}

/// <summary>What can be said about a <see cref="CasError"/>.</summary>
public static class CasErrors
{
    /// <summary>Whether asking again later can help without anybody changing anything else.</summary>
    public static bool IsTransient(this CasError error) => error switch
    {
        CasError.Unreachable or CasError.Throttled or CasError.Unauthorized => true,
        CasError.None or CasError.NotFound or CasError.Conflict or CasError.Corrupt => false,
        CasError.Forbidden or CasError.NoSpace or CasError.Invalid => false,
    };
}

/// <summary>A value, or why there is none.</summary>
/// <param name="Error"><see cref="CasError.None"/> if <paramref name="Value"/> holds.</param>
/// <param name="Value">The value; default on an error.</param>
/// <param name="Detail">What happened, for logs; null on success.</param>
public readonly record struct CasResult<T>(CasError Error, T Value, string? Detail = null)
{
    /// <summary>Whether it succeeded.</summary>
    public bool IsOk => Error == CasError.None;

    /// <summary>A success.</summary>
    public static implicit operator CasResult<T>(T value) => new(CasError.None, value);
}

/// <summary>Makes failed results.</summary>
public static class CasResult
{
    /// <summary>A failure with its reason.</summary>
    public static CasResult<T> Fail<T>(CasError error, string detail) => new(error, default!, detail);
}
