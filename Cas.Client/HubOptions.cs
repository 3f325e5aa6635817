namespace Cas.Client;

/// <summary>How to reach the Hub.</summary>
public sealed record HubOptions
{
    /// <summary>The Hub that is meant when none is named.</summary>
    public static Uri StandardEndpoint { get; } = new("https://huggingface.co");

    /// <summary>Where its API is: http or https, an absolute URL.</summary>
    public Uri Endpoint { get; init; } = StandardEndpoint;

    /// <summary>The token to show; null for none. Used when there is no file, or nothing in it.</summary>
    public string? Token { get; init; }

    /// <summary>A file with the token, which is read again when it changes; null for none.</summary>
    public string? TokenFile { get; init; }
}
