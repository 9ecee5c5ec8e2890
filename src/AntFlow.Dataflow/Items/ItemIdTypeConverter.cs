using System.ComponentModel;
using System.Globalization;

namespace AntFlow.Dataflow.Json;

/// <summary>Converts an <see cref="ItemId"/> to and from the text that <see cref="ItemId.Parse"/> reads, for configuration and other uses of type converters.</summary>
public sealed class ItemIdTypeConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? ItemId.Parse(text) : base.ConvertFrom(context, culture, value);

    /// <inheritdoc/>
    public override object? ConvertTo(ITypeDescriptorContext? context, CultureInfo? culture, object? value, Type destinationType) =>
        value is ItemId id && destinationType == typeof(string) ? ItemIdText.Write(id) : base.ConvertTo(context, culture, value, destinationType);
}
