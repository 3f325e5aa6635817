namespace Cas.Client.Backends.Hub.Http;

/// <summary>Where calls get the token that they show.</summary>
internal interface ICallToken
{
    /// <summary>The token to show; null for none. Throws <see cref="CasException"/> if it cannot be had.</summary>
    ValueTask<string?> GetAsync(CancellationToken cancellationToken);

    /// <summary>After a server refused a token: whether there is, or will be, another one.</summary>
    bool TryRenew(string? refused);
}
