// Leaves the members in a documentation file that users of the assembly can name. eng/pack.sh has it run on every package:
//   PublicDocs ASSEMBLY DOCUMENTATION REFERENCES     the last one is a file with the path of a referenced assembly in each line
using System.Xml.Linq;
using AntFlow.Dataflow.PublicDocs;

if (args is not [string assembly, string documentation, string references])
{
    await Console.Error.WriteLineAsync("PublicDocs: there have to be three arguments: an assembly, its documentation file, and a file with the paths of its references.");
    return 1;
}

var document = XDocument.Load(documentation, LoadOptions.PreserveWhitespace);
int removed = DocumentationFile.KeepOnly(document, VisibleMembers.IdsOf(assembly, await File.ReadAllLinesAsync(references)));
document.Save(documentation, SaveOptions.DisableFormatting);
Console.WriteLine($"{Path.GetFileName(documentation)}: {removed} members that are not public removed");
return 0;
