using System.Text;
using NUnit.Framework;
using Vfs.Core;

namespace Nfs.Tests.Vfs;

// A pattern that fits too much keeps from the store what people take to be there.
[TestFixture]
internal sealed class LocalNamesTests
{
    [TestCase(".DS_Store", ".DS_Store", true)]
    [TestCase(".DS_Store", ".ds_store", false)]
    [TestCase(".DS_Store", ".DS_Store2", false)]
    [TestCase("._*", "._", true)]
    [TestCase("._*", "._a.jpg", true)]
    [TestCase("._*", "x._a", false)]
    [TestCase("*.tmp", "a.tmp.tmp", true)]
    [TestCase("*.tmp", ".tmp", true)]
    [TestCase("*.tmp", "a.tmp2", false)]
    [TestCase("~$*.doc*", "~$letter.docx", true)]
    [TestCase("a*b*c", "aXbXbXc", true)]
    [TestCase("a*b*c", "aXcXb", false)]
    [TestCase("*ab*ab", "xab", false)]
    [TestCase("**x**", "x", true)]
    public void AStar_StandsForAnyBytes_AndAllElseForItself(string pattern, string name, bool isKept) =>
        Assert.That(LocalNames.Of(["other", pattern])!.Keeps(Encoding.UTF8.GetBytes(name)), Is.EqualTo(isKept));

    [Test]
    public void BytesThatAreNoText_AreMatchedToo() =>
        Assert.That(LocalNames.Of(["._*"])!.Keeps([(byte)'.', (byte)'_', 0xFF, 0xC0]), Is.True);

    [TestCase("")]
    [TestCase("*")]
    [TestCase("***")]
    [TestCase("a/b")]
    [TestCase(".")]
    [TestCase("..")]
    public void WhatIsNoNameOfAFile_OrFitsAll_IsNoPattern(string pattern) =>
        Assert.That(LocalNames.Of([".DS_Store", pattern]), Is.Null);
}
