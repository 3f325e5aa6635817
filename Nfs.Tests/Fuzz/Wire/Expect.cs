namespace Nfs.Tests.Fuzz.Wire;

/// <summary>A peer was told no, or was cut off, as it should be.</summary>
internal sealed class RefusedException(string why) : Exception(why);

/// <summary>The server did what it must not do.</summary>
internal sealed class WrongAnswerException(string what) : Exception(what);

/// <summary>How targets hold the server against what they expect.</summary>
internal static class Expect
{
    public static void That(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new WrongAnswerException(what);
        }
    }

    public static bool IsRefusal(Exception exception) => exception is RefusedException;
}
