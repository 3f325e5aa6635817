using System.Globalization;
using Nfs.Server.Units;
using Vfs.Core;

namespace Nfs.Server.Cli;

/// <summary>The last line of a gateway: what is in the store, and what is not yet.</summary>
internal static class StopReport
{
    public static string Of(GatewayStatus status, string state)
    {
        var unsent = status switch
        {
            { DirtyFiles: 1 } => $"1 file ({ByteSize.Format(status.DirtyBytes)}) is",
            { DirtyFiles: > 1 } => string.Create(
                CultureInfo.InvariantCulture, $"{status.DirtyFiles} files ({ByteSize.Format(status.DirtyBytes)}) are"),
            { QueueLength: 1 } => "1 change is",
            { QueueLength: > 1 } => string.Create(CultureInfo.InvariantCulture, $"{status.QueueLength} changes are"),
            _ => null,
        };
        return unsent is null
            ? $"nfsgw stopped; everything is in the store{Local(status.LocalChanges, state)}."
            : $"nfsgw stopped; {unsent} not in the store yet, kept in {PlainText.Escape(state)}, and sent after the "
                + "next start.";
    }

    private static string Local(int changes, string state) => changes == 0
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $" but what is kept in {PlainText.Escape(state)} alone ({changes} {(changes == 1 ? "change" : "changes")})");
}
