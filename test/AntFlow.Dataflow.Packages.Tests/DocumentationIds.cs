using System.CodeDom.Compiler;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>The ids by which a documentation file names the members of an assembly, as reflection finds them: those that code outside of it can name.</summary>
internal static class DocumentationIds
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>All of them; or those that stand in the source, and so have to be documented.</summary>
    public static IReadOnlySet<string> Of(Assembly assembly, bool isWritten = false) =>
        assembly.GetTypes().Where(IsVisible)
            .SelectMany(type => type.GetMembers(Declared).Where(member => IsVisible(member) && (!isWritten || IsWritten(member))).Select(IdOf).Prepend($"T:{NameOf(type)}"))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Constructors and operators may be written or not, which nothing shows.</summary>
    private static bool IsWritten(MemberInfo member) =>
        !member.IsDefined(typeof(CompilerGeneratedAttribute)) && !member.IsDefined(typeof(GeneratedCodeAttribute)) && member switch
        {
            FieldInfo { IsSpecialName: true } or MethodBase { IsSpecialName: true } => false,
            // Of every record.
            PropertyInfo { Name: "EqualityContract" } => false,
            _ => !member.DeclaringType!.IsSubclassOf(typeof(Delegate)),
        };

    private static bool IsVisible(Type type) =>
        type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!));

    private static bool IsVisible(MemberInfo member) => member switch
    {
        // They are among the types.
        Type => false,
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        EventInfo told => IsVisible(told.GetAddMethod(nonPublic: true)!),
        _ => false,
    };

    private static string IdOf(MemberInfo member)
    {
        string name = $"{NameOf(member.DeclaringType!)}.{member.Name.Replace('.', '#')}";
        return member switch
        {
            MethodInfo { Name: "op_Implicit" or "op_Explicit" } conversion => $"M:{name}{Parameters(conversion.GetParameters())}~{Encode(conversion.ReturnType)}",
            MethodInfo { IsGenericMethodDefinition: true } method => string.Create(CultureInfo.InvariantCulture, $"M:{name}``{method.GetGenericArguments().Length}{Parameters(method.GetParameters())}"),
            MethodBase method => $"M:{name}{Parameters(method.GetParameters())}",
            PropertyInfo property => $"P:{name}{Parameters(property.GetIndexParameters())}",
            EventInfo => $"E:{name}",
            _ => $"F:{name}",
        };
    }

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    private static string Parameters(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? string.Empty : $"({string.Join(',', parameters.Select(parameter => Encode(parameter.ParameterType)))})";

    private static string Encode(Type type)
    {
        if (type.IsByRef)
            return $"{Encode(type.GetElementType()!)}@";
        if (type.IsPointer)
            return $"{Encode(type.GetElementType()!)}*";
        if (type.IsArray)
            return Encode(type.GetElementType()!) + (type.IsSZArray ? "[]" : $"[{string.Join(',', Enumerable.Repeat("0:", type.GetArrayRank()))}]");
        if (type.IsGenericParameter)
            return string.Create(CultureInfo.InvariantCulture, $"{(type.DeclaringMethod is null ? "`" : "``")}{type.GenericParameterPosition}");
        return type.IsGenericType ? EncodeGeneric(type) : NameOf(type);
    }

    /// <summary>Each type of a nested one has its own arguments after its name.</summary>
    private static string EncodeGeneric(Type type)
    {
        var arguments = new Queue<string>(type.GetGenericArguments().Select(Encode));
        IEnumerable<string> names = NameOf(type.GetGenericTypeDefinition()).Split('.').Select(name =>
        {
            string[] parts = name.Split('`');
            return parts.Length == 1 ? name : $"{parts[0]}{{{string.Join(',', Enumerable.Range(0, int.Parse(parts[1], CultureInfo.InvariantCulture)).Select(_ => arguments.Dequeue()))}}}";
        });
        return string.Join('.', names.ToArray());
    }
}
