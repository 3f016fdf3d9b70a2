//! The number of an order, for people: they read it out on the phone, write it down and type it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Crockford's Base32: digits and letters without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Random characters: 40 bits. One more character checks them.
const RANDOM: usize = 8;
/// Characters of a group; the check character is a group of its own.
const GROUP: usize = 4;

/// The number of an order: `K7M4-2Q9X-0`. The first eight characters are random, so a number says nothing about other
/// orders. The last one checks them: a wrong character, and two that are exchanged, are always noticed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct OrderNumber(String);

/// The text is not the number of any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an order number; compare its characters")]
pub(crate) struct OrderNumberInvalid;

impl OrderNumber {
    /// A random number. The database decides whether it is unique.
    pub(crate) fn generate() -> Self {
        let random: [u8; RANDOM] = rand::random();
        Self::with_check(random.map(|byte| byte % 32))
    }

    /// A number from the database, which checked it when it was written.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn with_check(values: [u8; RANDOM]) -> Self {
        let all = values.into_iter().chain([check(&values)]);
        let mut text = String::with_capacity(RANDOM + 3);
        for (index, value) in all.enumerate() {
            if index > 0 && index % GROUP == 0 {
                text.push('-');
            }
            text.push(character(value));
        }
        Self(text)
    }
}

/// The check value: a Reed-Solomon code with one check symbol over the field of 32 elements. The value at each position
/// has a weight of its own, a power of 2 in that field, so no single error and no exchange of two values cancels out.
fn check(values: &[u8; RANDOM]) -> u8 {
    values.iter().fold(0, |sum, value| double(sum ^ value))
}

/// A value times 2 in the field of 32 elements, modulo x^5 + x^2 + 1.
const fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 0b10_0000 == 0 {
        shifted
    } else {
        shifted ^ 0b10_0101
    }
}

fn character(value: u8) -> char {
    let byte = ALPHABET.get(usize::from(value)).copied();
    char::from(byte.unwrap_or(b'0'))
}

/// The value of a character, in any case; look-alikes are read as the digit that they resemble.
fn value(character: char) -> Option<u8> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let position = ALPHABET
        .iter()
        .position(|byte| char::from(*byte) == character)?;
    u8::try_from(position).ok()
}

impl FromStr for OrderNumber {
    type Err = OrderNumberInvalid;

    /// Reads a number as people type it: in any case, with or without hyphens and spaces.
    fn from_str(text: &str) -> Result<Self, OrderNumberInvalid> {
        let typed = text.chars().filter(|c| !matches!(c, '-' | ' '));
        // One more than a number has, whatever the length of the text.
        let values: Option<Vec<u8>> = typed.take(RANDOM + 2).map(value).collect();
        let values: [u8; RANDOM + 1] = values
            .and_then(|values| values.try_into().ok())
            .ok_or(OrderNumberInvalid)?;
        let [random @ .., checked] = values;
        match check(&random) == checked {
            true => Ok(Self::with_check(random)),
            false => Err(OrderNumberInvalid),
        }
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = OrderNumberInvalid;

    fn try_from(text: String) -> Result<Self, OrderNumberInvalid> {
        text.parse()
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> Self {
        number.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
