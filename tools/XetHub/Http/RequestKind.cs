namespace XetHub.Http;

/// <summary>What a request is for: faults are set, and requests counted, by it.</summary>
internal enum RequestKind
{
    /// <summary>A token for the content half.</summary>
    Token,

    /// <summary>Is a bucket or repository there, and did it change?</summary>
    Info,

    /// <summary>A page of a listing.</summary>
    List,

    /// <summary>Some paths: paths-info, and HEAD of a file.</summary>
    Lookup,

    /// <summary>GET of a file by its path.</summary>
    Resolve,

    /// <summary>A change of the tree.</summary>
    Commit,

    /// <summary>What is not about files, or comes before a commit: create, delete, move, preupload, LFS.</summary>
    Manage,

    /// <summary>How a file is made, and the hashes around its changed ranges.</summary>
    Reconstruct,

    /// <summary>Bytes of a xorb by a signed URL.</summary>
    Fetch,

    /// <summary>Upload of a xorb, or the question whether it is there.</summary>
    Xorb,

    /// <summary>Upload of a shard.</summary>
    Shard,

    /// <summary>Is a chunk known?</summary>
    Chunk,

    /// <summary>The switches of this program itself; no fault applies to them and they are not counted.</summary>
    Control,
}
