using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace XetHub.Http;

/// <summary>What the bearer of a token may do with content.</summary>
/// <param name="Repo">For which bucket or repository it was given.</param>
/// <param name="CanWrite">Whether it is a write token.</param>
internal sealed record CasRights(string Repo, bool CanWrite);

/// <summary>
/// Makes tokens and signatures that say themselves until when they are good, and recognises its own. May be used from
/// several threads at once.
/// </summary>
internal sealed class Signer(TimeProvider time)
{
    private const int KeyBytes = 32;
    private const string TokenPrefix = "xet_";

    // Replaced as a whole by whoever revokes; a reader that has the old one is a request that came before.
    private volatile byte[] _key = RandomNumberGenerator.GetBytes(KeyBytes);

    /// <summary>When something that is made now ends, in Unix seconds.</summary>
    public long ExpiryAfter(TimeSpan lifetime) => (time.GetUtcNow() + lifetime).ToUnixTimeSeconds();

    /// <summary>Makes everything worthless that was given out so far.</summary>
    public void Revoke() => _key = RandomNumberGenerator.GetBytes(KeyBytes);

    public string IssueToken(CasRights rights, long expiry)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{expiry}|{(rights.CanWrite ? 'w' : 'r')}|{rights.Repo}");
        return TokenPrefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text)) + "." + Sign(text);
    }

    /// <summary>What a token allows; null if it is not one of ours, or no longer.</summary>
    public CasRights? ReadToken(string token)
    {
        var parts = token.StartsWith(TokenPrefix, StringComparison.Ordinal)
            ? token[TokenPrefix.Length..].Split('.')
            : [];
        if (parts.Length != 2 || !Base64Url.IsValid(parts[0]))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[0]));
        return IsSigned(text, parts[1]) && text.Split('|', 3) is [var expiry, var mode, var repo] && IsAhead(expiry)
            ? new CasRights(repo, mode == "w")
            : null;
    }

    /// <summary>The signature of a text that says until when it is good.</summary>
    public string Sign(string text, long expiry) => Sign(Dated(text, expiry.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Whether a text was signed, with this time, and the time has not come.</summary>
    public bool IsGood(string text, string expiry, string signature) =>
        IsSigned(Dated(text, expiry), signature) && IsAhead(expiry);

    private static string Dated(string text, string expiry) => $"{expiry} {text}";

    private bool IsAhead(string expiry) =>
        long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds > time.GetUtcNow().ToUnixTimeSeconds();

    private string Sign(string text) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));

    private bool IsSigned(string text, string signature) => CryptographicOperations.FixedTimeEquals(
        Encoding.ASCII.GetBytes(Sign(text)), Encoding.ASCII.GetBytes(signature));
}
