using System.Text.Json;
using System.Text.Json.Serialization;
using Vfs.Core;

namespace Nfs.Server.Exports;

/// <summary>
/// Which id each export has, kept in the state directory: handles with an id stay good while the configuration is
/// edited and reordered, an export that is taken away and comes back has its old id, and no other tree ever gets it.
/// </summary>
internal sealed class ExportIds
{
    /// <summary>
    /// All of the store whose state is the state directory itself: the one export of a gateway without a configuration.
    /// </summary>
    public const uint Whole = 1;

    private const string FileName = "exports.json";

    private readonly StateDirectory _state;
    private readonly List<ExportRecord> _records;
    private bool _isChanged;

    private ExportIds(StateDirectory state, List<ExportRecord> records)
    {
        _state = state;
        _records = records;
    }

    /// <summary>Reads what earlier runs gave away.</summary>
    /// <exception cref="StateUnavailableException">The record is damaged: ids would be given twice.</exception>
    public static ExportIds Load(StateDirectory state)
    {
        try
        {
            var records = state.ReadFile(FileName) is { } bytes
                ? JsonSerializer.Deserialize(bytes, ExportRecords.Default.ListExportRecord)
                : [];
            return records is not null && records.TrueForAll(IsSound)
                && records.DistinctBy(record => record.Id).Count() == records.Count
                ? new ExportIds(state, records)
                : throw Damaged(state, null);
        }
        catch (JsonException e)
        {
            throw Damaged(state, e);
        }
    }

    /// <summary>The id of an export, made if it never had one; durable after <see cref="Save"/>.</summary>
    /// <exception cref="StateUnavailableException">There are no ids left.</exception>
    public uint Of(ExportPlace place)
    {
        var known = _records.Find(record => record.Place == place);
        if (known is not null)
        {
            return known.Id;
        }

        var isFree = !_records.Exists(record => record.Id == Whole);
        var id = place.IsWholeState && isFree ? Whole : _records.Select(record => record.Id).Append(Whole).Max() + 1;
        if (id > ExportTable.IdMax)
        {
            throw new StateUnavailableException(
                $"The state directory {_state.Path} has named {ExportTable.IdMax} exports and has no numbers left; "
                + "start with another one.");
        }

        _records.Add(new ExportRecord(id, place));
        _isChanged = true;
        return id;
    }

    /// <summary>Makes the ids that were given durable: before a client may get a handle with one.</summary>
    public void Save()
    {
        if (_isChanged)
        {
            _state.ReplaceFile(
                FileName, JsonSerializer.SerializeToUtf8Bytes(_records, ExportRecords.Default.ListExportRecord));
            _isChanged = false;
        }
    }

    private static bool IsSound(ExportRecord record) =>
        record is
        {
            Id: > 0 and <= ExportTable.IdMax,
            Place: { Path: not null, Store: not null, Subtree: not null, State: not null },
        };

    private static StateUnavailableException Damaged(StateDirectory state, Exception? cause) => new(
        $"The file {FileName} in {state.Path} is damaged; put it back from a backup, or start with another state "
        + "directory.",
        cause ?? new InvalidDataException("two exports have one id, or an id is none"));
}

/// <summary>What makes an export the one that it is; its rules may change.</summary>
/// <param name="Path">What clients mount.</param>
/// <param name="Store">The name of the store.</param>
/// <param name="Subtree">The sub-tree of the store; empty for all of it.</param>
/// <param name="State">
/// Which state the store's inode numbers are from: one that was made anew gives them to other files.
/// </param>
internal sealed record ExportPlace(string Path, string Store, string Subtree, string State)
{
    /// <summary>The state of the store that is the state directory itself.</summary>
    public const string RootState = "";

    [JsonIgnore]
    public bool IsWholeState => State == RootState && Subtree.Length == 0;
}

/// <summary>One id that was given.</summary>
internal sealed record ExportRecord(uint Id, ExportPlace Place);

/// <summary>How the record is written and read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(List<ExportRecord>))]
internal sealed partial class ExportRecords : JsonSerializerContext;
