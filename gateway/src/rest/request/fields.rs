//! Reads a request model from JSON, and says in plain words which field is wrong.
//!
//! - An object is read from an object only. serde's own implementations also accept an array.
//! - `2.0` and `2e0` are integers, as in JSON Schema.
//! - An error names the field and what it must be, and never a type or term of the implementation.

use std::{collections::HashSet, vec};

use serde::{
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess,
        SeqAccess, Visitor, value::StringDeserializer,
    },
    forward_to_deserialize_any,
};

use super::json::Json;

mod fault;

pub(super) use fault::Fault;

/// Doubles below this are exact integers; a larger one may stand for several integers.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a model.
///
/// # Errors
/// The first field that is wrong.
pub(super) fn read<T: DeserializeOwned>(json: Json) -> Result<T, Fault> {
    T::deserialize(Field(json))
}

/// A value of a field.
struct Field(Json);

macro_rules! integers {
    ($($method:ident $visit:ident $kind:ty;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = integer(&self.0).ok_or_else(|| Fault::new("must be an integer"))?;
            let number = <$kind>::try_from(number).map_err(|_| match number {
                ..0 if <$kind>::MIN == 0 => Fault::new("must not be negative"),
                ..0 => Fault::new("must be a larger number"),
                0.. => Fault::new("must be a smaller number"),
            })?;
            visitor.$visit(number)
        })+
    };
}

impl<'de> Deserializer<'de> for Field {
    type Error = Fault;

    integers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
    }

    forward_to_deserialize_any! {
        f32 f64 i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(value),
            Json::Integer(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => Err(Fault::new("must be a smaller number")),
            },
            Json::Decimal(number) => visitor.visit_f64(number),
            Json::Text(text) => visitor.visit_string(text),
            Json::List(elements) => visitor.visit_seq(Elements {
                elements: elements.into_iter(),
                index: 0,
            }),
            Json::Object(entries) => visitor.visit_map(Entries::new(entries)?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Json::Bool(value) => visitor.visit_bool(value),
            _ => Err(Fault::new("must be true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Json::Text(text) => visitor.visit_string(text),
            _ => Err(Fault::new("must be a string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Json::List(_) => self.deserialize_any(visitor),
            _ => Err(Fault::new("must be an array")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Json::Object(_) => self.deserialize_any(visitor),
            _ => Err(Fault::new("must be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Json::Text(text) => visitor.visit_enum(name(text)),
            _ => Err(Fault::unknown_variant("", names)),
        }
    }
}

fn name(text: String) -> StringDeserializer<Fault> {
    text.into_deserializer()
}

/// The value of an integer, however it is written.
fn integer(json: &Json) -> Option<i128> {
    match json {
        Json::Integer(number) => Some(*number),
        Json::Decimal(number) if number.fract() == 0.0 && number.abs() < EXACT => {
            format!("{number:.0}").parse().ok()
        }
        _ => None,
    }
}

struct Elements {
    elements: vec::IntoIter<Json>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(element) = self.elements.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        let value = seed.deserialize(Field(element));
        value
            .map(Some)
            .map_err(|fault| fault.within(&format!("[{index}]")))
    }
}

struct Entries {
    entries: vec::IntoIter<(String, Json)>,
    /// The entry whose key was read.
    current: Option<(String, Json)>,
}

impl Entries {
    fn new(entries: Vec<(String, Json)>) -> Result<Self, Fault> {
        if let Some(key) = repeated(&entries) {
            return Err(Fault::of(key, "must be given once"));
        }
        Ok(Self {
            entries: entries.into_iter(),
            current: None,
        })
    }
}

fn repeated(entries: &[(String, Json)]) -> Option<&str> {
    let mut keys = HashSet::new();
    entries
        .iter()
        .map(|(key, _)| key.as_str())
        .find(|key| !keys.insert(*key))
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(name(key.clone()));
        let read = read.map_err(|fault| fault.within(&key))?;
        self.current = Some((key, value));
        Ok(Some(read))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let (key, value) = self.current.take().unwrap_or((String::new(), Json::Null));
        seed.deserialize(Field(value))
            .map_err(|fault| fault.within(&key))
    }
}

#[cfg(test)]
mod tests;
