//! How the vendor writes JSON: numbers as texts, members that are null left out.

use std::io::{Result, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

/// Writes `value` in the vendor's form to the end of `out`.
///
/// # Errors
/// What `value` says when it is serialised.
pub(crate) fn write(out: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, VendorsForm::default()))
}

/// Holds the name of a member back until its value has begun, and drops it when that is null.
#[derive(Debug, Default)]
struct VendorsForm {
    /// `"name":` of the member whose value comes next.
    held: Vec<u8>,
    in_name: bool,
    /// Of each object that is open: whether it has a member already.
    has_members: Vec<bool>,
}

impl VendorsForm {
    /// Writes the name that is held back, since its value is there.
    fn release<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        if let Some(has_members) = self.has_members.last_mut() {
            if *has_members {
                writer.write_all(b",")?;
            }
            *has_members = true;
        }
        writer.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    fn number<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        write: impl Fn(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        if self.in_name {
            // The quotes around a name are written by the serialiser.
            return write(&mut self.held);
        }
        self.release(writer)?;
        writer.write_all(b"\"")?;
        let mut text = Vec::with_capacity(20);
        write(&mut text)?;
        writer.write_all(&text)?;
        writer.write_all(b"\"")
    }
}

/// Numbers of every type, each between quotes.
macro_rules! numbers {
    ($($method:ident: $number:ty),+ $(,)?) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W, value: $number) -> Result<()> {
            self.number(writer, |out| CompactFormatter.$method(out, value))
        })+
    };
}

impl Formatter for VendorsForm {
    numbers! {
        write_i8: i8,
        write_i16: i16,
        write_i32: i32,
        write_i64: i64,
        write_i128: i128,
        write_u8: u8,
        write_u16: u16,
        write_u32: u32,
        write_u64: u64,
        write_u128: u128,
        write_f32: f32,
        write_f64: f64,
    }

    fn write_number_str<W: ?Sized + Write>(&mut self, writer: &mut W, value: &str) -> Result<()> {
        self.number(writer, |out| out.write_all(value.as_bytes()))
    }

    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.held.is_empty() {
            return writer.write_all(b"null");
        }
        self.held.clear();
        Ok(())
    }

    fn write_bool<W: ?Sized + Write>(&mut self, writer: &mut W, value: bool) -> Result<()> {
        self.release(writer)?;
        CompactFormatter.write_bool(writer, value)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.in_name {
            self.held.push(b'"');
            return Ok(());
        }
        self.release(writer)?;
        writer.write_all(b"\"")
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if self.in_name {
            self.held.push(b'"');
            return Ok(());
        }
        writer.write_all(b"\"")
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> Result<()> {
        if self.in_name {
            self.held.extend_from_slice(fragment.as_bytes());
            return Ok(());
        }
        writer.write_all(fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> Result<()> {
        if self.in_name {
            return CompactFormatter.write_char_escape(&mut self.held, escape);
        }
        CompactFormatter.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.release(writer)?;
        writer.write_all(b"[")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.release(writer)?;
        self.has_members.push(false);
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.has_members.pop();
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, _: &mut W, _first: bool) -> Result<()> {
        self.in_name = true;
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.in_name = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.held.push(b':');
        Ok(())
    }

    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> Result<()> {
        self.release(writer)?;
        writer.write_all(fragment.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn written(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_become_texts_and_nulls_go() {
        let value = json!({
            "a": null, "b": 1, "c": null, "d": -2, "e": true, "f": "1", "g": null,
            "list": [1, null, { "x": null }, { "x": 1.5, "y": null, "z": [] }, []], "z": null,
        });
        let expected = json!({
            "b": "1", "d": "-2", "e": true, "f": "1",
            "list": ["1", null, {}, { "x": "1.5", "z": [] }, []],
        });
        assert_eq!(serde_json::from_str::<Value>(&written(&value)).unwrap(), expected);
        assert_eq!(written(&Value::Null), "null");
        assert_eq!(written(&7), "\"7\"");
        assert_eq!(written(&json!([])), "[]");
    }

    #[test]
    fn names_and_texts_are_escaped() {
        let value = json!({ "a\"\n\\李": "b\"\u{1}雷", "none\"": null, "z": { "q\t": {} } });
        let text = written(&value);
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, json!({ "a\"\n\\李": "b\"\u{1}雷", "z": { "q\t": {} } }));
    }

    #[test]
    fn names_that_are_numbers_have_their_quotes_once() {
        let value = BTreeMap::from([(1_i64, Some(2_u8)), (-3, None)]);
        assert_eq!(written(&value), r#"{"1":"2"}"#);
    }
}
