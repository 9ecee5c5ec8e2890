using System.Xml.Linq;

namespace AntFlow.Dataflow.PublicDocs;

/// <summary>What the compiler has written of the documentation of an assembly.</summary>
public static class DocumentationFile
{
    /// <summary>Removes all members but those with these ids, each with the line break that follows it. Returns how many it has removed.</summary>
    public static int KeepOnly(XDocument document, IReadOnlySet<string> ids)
    {
        XElement[] others = [.. document.Descendants("member").Where(member => !ids.Contains((string?)member.Attribute("name") ?? string.Empty))];
        foreach (XElement member in others)
        {
            if (member.NextNode is XText text && string.IsNullOrWhiteSpace(text.Value))
                text.Remove();
            member.Remove();
        }

        return others.Length;
    }
}
