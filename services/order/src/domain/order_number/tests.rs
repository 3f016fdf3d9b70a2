use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// Eight random values.
fn values() -> impl Strategy<Value = [u8; RANDOM]> {
    prop::array::uniform8(0_u8..32)
}

/// The characters of a number without its hyphens.
fn characters(number: &OrderNumber) -> Vec<char> {
    number.as_str().chars().filter(|c| *c != '-').collect()
}

fn read(characters: &[char]) -> Result<OrderNumber, OrderNumberInvalid> {
    characters.iter().collect::<String>().parse()
}

proptest! {
    #[test]
    fn a_number_is_read_as_it_is_written(values in values()) {
        let number = OrderNumber::with_check(values);
        prop_assert_eq!(number.as_str().parse(), Ok(number.clone()));
        let as_typed = number.as_str().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        prop_assert_eq!(as_typed.parse(), Ok(number));
    }

    #[test]
    fn one_wrong_character_is_noticed(values in values(), position in 0..=RANDOM, wrong in 0_u8..32) {
        let number = OrderNumber::with_check(values);
        let mut characters = characters(&number);
        prop_assume!(characters[position] != character(wrong));
        characters[position] = character(wrong);
        prop_assert_eq!(read(&characters), Err(OrderNumberInvalid));
    }

    #[test]
    fn two_exchanged_characters_are_noticed(values in values(), one in 0..=RANDOM, other in 0..=RANDOM) {
        let number = OrderNumber::with_check(values);
        let mut characters = characters(&number);
        prop_assume!(characters[one] != characters[other]);
        characters.swap(one, other);
        prop_assert_eq!(read(&characters), Err(OrderNumberInvalid));
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        if let Ok(number) = text.parse::<OrderNumber>() {
            prop_assert_eq!(number.as_str().len(), 11);
        }
    }
}

#[test]
fn a_number_has_two_groups_and_a_check_character() {
    assert_eq!(OrderNumber::with_check([0; RANDOM]).as_str(), "0000-0000-0");
    let number = OrderNumber::with_check([1, 2, 3, 4, 28, 29, 30, 31]);
    assert_eq!(number.as_str(), "1234-WXYZ-6");
    let lengths: Vec<usize> = number.as_str().split('-').map(str::len).collect();
    assert_eq!(lengths, [4, 4, 1]);
}

#[test]
fn a_text_of_another_length_or_alphabet_is_no_number() {
    for text in [
        "",
        "0",
        "0000-0000",
        "0000-0000-00",
        "0000-0000-U",
        "0000\u{2011}0000\u{2011}0",
        "01a20683-588d-772f-9d58-2dca5df5450b",
    ] {
        assert_eq!(
            text.parse::<OrderNumber>(),
            Err(OrderNumberInvalid),
            "{text}"
        );
    }
}

#[test]
fn generated_numbers_differ() {
    let numbers: HashSet<OrderNumber> = (0..1_000).map(|_| OrderNumber::generate()).collect();
    assert_eq!(numbers.len(), 1_000);
}
