using System.Text;
using NUnit.Framework;
using Vfs.Core.Namespace;

namespace Nfs.Tests.Vfs.Namespace;

// Equivalent names that are told apart: a Mac makes a file twice. Different names taken for one: a file is overwritten.
[TestFixture]
internal sealed class CanonicalFormTests
{
    [TestCase("caf\u00E9", "cafe\u0301", TestName = "{m}(one accent)")]
    [TestCase("\u01D6", "u\u0308\u0304", TestName = "{m}(two accents)")]
    [TestCase("\u01D6", "\u00FC\u0304", TestName = "{m}(one of two accents composed)")]
    [TestCase("q\u0323\u0307", "q\u0307\u0323", TestName = "{m}(accents below and above in either order)")]
    [TestCase("\u1EC7", "\u1EB9\u0302", TestName = "{m}(composed with another accent first)")]
    [TestCase("\u212B", "\u00C5", TestName = "{m}(two characters for one letter)")]
    [TestCase("\uAC00", "\u1100\u1161", TestName = "{m}(a syllable of two)")]
    [TestCase("\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF", TestName = "{m}(syllables of three)")]
    [TestCase("\u304C", "\u304B\u3099", TestName = "{m}(kana)")]
    [TestCase("\U0001D15E", "\U0001D157\U0001D165", TestName = "{m}(beyond 16 bits)")]
    [TestCase("\uFA10", "\u585A", TestName = "{m}(ideographs)")]
    public void EquivalentSpellings_HaveOneForm(string one, string other) =>
        Assert.That(FormOf(one), Is.EqualTo(FormOf(other)));

    [TestCase("e\u0301\u0300", "e\u0300\u0301", TestName = "{m}(marks in the same place in another order)")]
    [TestCase("\u00E9", "e", TestName = "{m}(an accent)")]
    [TestCase("\u00E9", "\u00C9", TestName = "{m}(case)")]
    [TestCase("\uFB01", "fi", TestName = "{m}(a ligature)")]
    [TestCase("\uAC00", "\uAC01", TestName = "{m}(syllables)")]
    public void OtherSpellings_HaveFormsOfTheirOwn(string one, string other) =>
        Assert.That(FormOf(one), Is.Not.EqualTo(FormOf(other)));

    [Test]
    public void WhatIsNotUtf8_StaysAsItIs()
    {
        byte[] latin = [(byte)'e', 0xCC, 0x81, 0xE9];

        Assert.That(CanonicalForm.Of(latin).ToArray(), Is.EqualTo(latin));
    }

    private static byte[] FormOf(string name) => CanonicalForm.Of(Encoding.UTF8.GetBytes(name)).ToArray();
}
