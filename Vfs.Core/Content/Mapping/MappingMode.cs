namespace Vfs.Core.Content.Mapping;

/// <summary>How staging files are mapped; one choice for the file system that they lie on.</summary>
internal enum MappingMode
{
    /// <summary>MAP_SHARED.</summary>
    Shared,

    /// <summary>MAP_PRIVATE, for file systems that refuse shared mappings; pages that nobody stores to are the file's.</summary>
    Private,

    /// <summary>Not at all: every byte is read.</summary>
    None,
}
