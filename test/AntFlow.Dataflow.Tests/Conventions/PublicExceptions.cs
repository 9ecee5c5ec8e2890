using System.Reflection;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The exceptions that users of the packages can meet: every public one of every project under src.</summary>
internal static class PublicExceptions
{
    /// <summary>By their names without type parameters; a generic one and its base share a name, the generic one comes last.</summary>
    public static ILookup<string, Type> ByName { get; } = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
        .Select(folder => Path.GetFileName(folder)!)
        .Where(package => File.Exists(Path.Combine(Repository.Root, "src", package, $"{package}.csproj")))
        .SelectMany(package => Assembly.Load(package).GetExportedTypes())
        .Where(typeof(Exception).IsAssignableFrom)
        .OrderBy(type => type.Name, StringComparer.Ordinal)
        .ToLookup(type => type.Name.Split('`')[0], StringComparer.Ordinal);

    /// <summary>What such an exception tells beyond what every exception does.</summary>
    public static IEnumerable<string> PropertiesOf(string name) =>
        ByName[name].SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)).Select(property => property.Name).Distinct(StringComparer.Ordinal);
}
