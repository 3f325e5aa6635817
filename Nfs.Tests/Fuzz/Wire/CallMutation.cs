using Nfs.Tests.Fixtures;

namespace Nfs.Tests.Fuzz.Wire;

/// <summary>
/// One change of a call that knows its fields: what is behind the change is still where it belongs, so that the server
/// gets to it.
/// </summary>
internal static class CallMutation
{
    /// <summary>A changed copy, or the call itself changed in place.</summary>
    public static byte[] Apply(byte[] call, IReadOnlyList<byte[]> samples, SplitMix64 random)
    {
        var fields = CallFields.Of(call).Fields;
        if (fields.Count == 0 || random.Below(10) == 0)
        {
            return ByteMutation.Apply(call, samples, random);
        }

        var at = random.Below(fields.Count);
        switch (random.Below(12))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(at, fields[at]);
                break;
            case 2:
                fields.RemoveRange(at, fields.Count - at);
                break;
            case 3:
                fields.Add(new XdrField(XdrKind.Rest, random.Bytes(1 + random.Below(200))));
                break;
            case < 8:
                fields[at] = FromAnother(fields[at], samples, random);
                break;
            default:
                fields[at] = FieldMutation.Apply(fields[at], random);
                break;
        }

        return XdrField.Join(fields);
    }

    /// <summary>A field of the same kind out of another call: handles and names that exist, numbers that occur.</summary>
    private static XdrField FromAnother(XdrField field, IReadOnlyList<byte[]> samples, SplitMix64 random)
    {
        var others = CallFields.Of(samples[random.Below(samples.Count)]).Fields;
        XdrField[] alike = [.. others.Where(other => other.Kind == field.Kind)];
        return alike.Length > 0 ? alike[random.Below(alike.Length)] : field;
    }
}
