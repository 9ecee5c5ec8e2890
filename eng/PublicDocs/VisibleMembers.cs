using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AntFlow.Dataflow.PublicDocs;

/// <summary>The members of an assembly that code outside of it can name: public ones, and those a derived class has.</summary>
public static class VisibleMembers
{
    /// <summary>Their ids, as they stand in a documentation file. The references are the paths of the assemblies that this one was compiled with.</summary>
    public static IReadOnlySet<string> IdsOf(string assembly, IEnumerable<string> references)
    {
        MetadataReference reference = MetadataReference.CreateFromFile(assembly);
        CSharpCompilation compilation = CSharpCompilation.Create("PublicDocs", references: references.Select(path => MetadataReference.CreateFromFile(path)).Append(reference));
        var symbol = compilation.GetAssemblyOrModuleSymbol(reference) as IAssemblySymbol ?? throw new ArgumentException($"{assembly} is not an assembly.", nameof(assembly));
        var ids = new HashSet<string>(StringComparer.Ordinal);
        Add(symbol.GlobalNamespace, ids);
        return ids;
    }

    private static void Add(INamespaceOrTypeSymbol container, HashSet<string> ids)
    {
        foreach (ISymbol member in container.GetMembers().Where(IsVisible))
        {
            if (member.GetDocumentationCommentId() is { } id)
                ids.Add(id);
            if (member is INamespaceOrTypeSymbol inner)
                Add(inner, ids);
        }
    }

    private static bool IsVisible(ISymbol member) =>
        member is INamespaceSymbol || member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;
}
