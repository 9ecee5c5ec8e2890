using System.IO.Compression;
using System.Xml.Linq;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>A package, or the one of its symbols, opened.</summary>
internal sealed class Package : IDisposable
{
    private readonly ZipArchive _archive;

    private Package(ZipArchive archive) => _archive = archive;

    public IEnumerable<string> Files => _archive.Entries.Select(entry => entry.FullName);

    /// <summary>What it says of itself, without the namespace of its format.</summary>
    public XElement Metadata
    {
        get
        {
            var document = XDocument.Parse(Read(Files.Single(file => file.EndsWith(".nuspec", StringComparison.Ordinal))));
            foreach (XElement element in document.Descendants())
                element.Name = element.Name.LocalName;
            return document.Descendants("metadata").Single();
        }
    }

    public static Package Open(string name, string extension = "nupkg") =>
        new(ZipFile.OpenRead(Path.Combine(Workplace.Packages, $"{name}.{Workplace.Version}.{extension}")));

    public string Read(string file)
    {
        using var reader = new StreamReader(Open(file));
        return reader.ReadToEnd();
    }

    public Stream Open(string file) => (_archive.GetEntry(file) ?? throw new FileNotFoundException($"The package has no {file}.")).Open();

    public void Dispose() => _archive.Dispose();
}
