//! Products generated from parts: the n-th one is the same on every machine.

use std::collections::BTreeMap;

use anyhow::Context;
use kernel::Currency;

use crate::store::{BulkProduct, Vocabulary};

struct Kind {
    category: &'static str,
    things: &'static [&'static str],
    variants: &'static [&'static str],
    attribute: &'static str,
    values: &'static [&'static str],
    uses: &'static [&'static str],
    /// Lowest and highest price in minor units.
    price: (u64, u64),
}

const BRANDS: [&str; 24] = [
    "Aldermoor",
    "Bramley",
    "Calder",
    "Dunmere",
    "Eastwick",
    "Fernhollow",
    "Glenrock",
    "Harrow",
    "Inverlay",
    "Juniper",
    "Kestrel",
    "Larkfield",
    "Mistral",
    "Norden",
    "Oakhaven",
    "Pellworm",
    "Quillon",
    "Ravensby",
    "Solveig",
    "Tamarind",
    "Umbra",
    "Valdern",
    "Westerly",
    "Yarrow",
];

const QUALITIES: [&str; 20] = [
    "Classic",
    "Compact",
    "Everyday",
    "Heritage",
    "Lightweight",
    "Modern",
    "Original",
    "Portable",
    "Premium",
    "Quiet",
    "Reliable",
    "Rugged",
    "Silent",
    "Simple",
    "Slim",
    "Small",
    "Studio",
    "Sturdy",
    "Traditional",
    "Weekend",
];

const COLORS: [&str; 12] = [
    "amber",
    "black",
    "blue",
    "copper",
    "cream",
    "forest green",
    "graphite",
    "ivory",
    "navy",
    "red",
    "sand",
    "white",
];

const ORIGINS: [&str; 10] = [
    "Austria", "Denmark", "Estonia", "Finland", "France", "Germany", "Italy", "Japan", "Portugal",
    "Sweden",
];

const KINDS: [Kind; 9] = [
    Kind {
        category: "coffee-and-tea",
        things: &[
            "Espresso Beans",
            "Filter Coffee",
            "Decaf Coffee",
            "Coffee Sampler",
            "Cold Brew Pack",
            "House Blend",
        ],
        variants: &["250 g", "500 g", "1 kg", "12 Capsules"],
        attribute: "roast",
        values: &["light", "medium", "medium dark", "dark"],
        uses: &[
            "a slow breakfast",
            "the office machine",
            "a long train ride",
            "guests after dinner",
        ],
        price: (590, 4_900),
    },
    Kind {
        category: "coffee-and-tea",
        things: &[
            "Green Tea",
            "Black Tea",
            "Oolong",
            "Herbal Infusion",
            "White Tea",
            "Chai",
        ],
        variants: &["50 g", "100 g", "20 Bags", "Gift Tin"],
        attribute: "leaf",
        values: &["whole leaf", "broken leaf", "powder", "bags"],
        uses: &[
            "a quiet afternoon",
            "an early start",
            "a winter evening",
            "iced tea by the jug",
        ],
        price: (390, 3_900),
    },
    Kind {
        category: "keyboards",
        things: &[
            "Mechanical Keyboard",
            "Wireless Keyboard",
            "Numpad",
            "Keycap Set",
            "Wrist Rest",
            "Split Keyboard",
        ],
        variants: &["60 %", "75 %", "TKL", "Full Size"],
        attribute: "switch",
        values: &["linear", "tactile", "clicky", "silent"],
        uses: &[
            "long days of writing",
            "a shared office",
            "a tidy desk",
            "playing at night",
        ],
        price: (1_900, 24_900),
    },
    Kind {
        category: "audio",
        things: &[
            "Headphones",
            "Earbuds",
            "Bookshelf Speaker",
            "Microphone",
            "Turntable",
            "Portable Radio",
        ],
        variants: &["Mk I", "Mk II", "Pro", "Mini"],
        attribute: "connection",
        values: &["wired", "bluetooth", "usb-c", "xlr"],
        uses: &[
            "a small living room",
            "calls from home",
            "the daily commute",
            "a first recording",
        ],
        price: (2_900, 59_900),
    },
    Kind {
        category: "kitchen",
        things: &[
            "Chef's Knife",
            "Skillet",
            "Mixing Bowl",
            "Kettle",
            "Cutting Board",
            "Hand Grinder",
        ],
        variants: &["Small", "Medium", "Large", "Set of Two"],
        attribute: "material",
        values: &["steel", "cast iron", "walnut", "ceramic", "glass"],
        uses: &[
            "cooking for two",
            "a first kitchen",
            "baking on Sundays",
            "a crowded table",
        ],
        price: (900, 18_900),
    },
    Kind {
        category: "stationery",
        things: &[
            "Notebook",
            "Fountain Pen",
            "Pencil Set",
            "Desk Planner",
            "Ink Bottle",
            "Ruler",
        ],
        variants: &["A4", "A5", "A6", "Pocket"],
        attribute: "paper",
        values: &["plain", "lined", "dotted", "squared"],
        uses: &[
            "meetings that go on",
            "a travel diary",
            "sketches on the go",
            "letters by hand",
        ],
        price: (290, 12_900),
    },
    Kind {
        category: "outdoor",
        things: &[
            "Backpack",
            "Tent",
            "Sleeping Bag",
            "Water Bottle",
            "Headlamp",
            "Camping Stove",
        ],
        variants: &["Solo", "Duo", "Family", "Ultralight"],
        attribute: "season",
        values: &["summer", "three-season", "winter"],
        uses: &[
            "a night above the tree line",
            "a weekend with children",
            "rain that stays",
            "long ridge walks",
        ],
        price: (1_500, 39_900),
    },
    Kind {
        category: "garden",
        things: &[
            "Monstera",
            "Fern",
            "Succulent",
            "Herb Kit",
            "Ceramic Pot",
            "Watering Can",
        ],
        variants: &["9 cm", "12 cm", "17 cm", "24 cm"],
        attribute: "light",
        values: &["shade", "half shade", "bright", "full sun"],
        uses: &[
            "a north window",
            "a kitchen sill",
            "an office corner",
            "a sunny balcony",
        ],
        price: (490, 8_900),
    },
    Kind {
        category: "lighting",
        things: &[
            "Desk Lamp",
            "Floor Lamp",
            "Pendant",
            "Night Light",
            "Reading Lamp",
            "Bulb",
        ],
        variants: &["Warm", "Neutral", "Dimmable", "Smart"],
        attribute: "socket",
        values: &["E27", "E14", "GU10", "integrated"],
        uses: &["a reading chair", "a hallway", "late work", "a long table"],
        price: (790, 29_900),
    },
];

const FIRST_MILLISECOND: u64 = 1_704_067_200_000;
const MINUTE: u64 = 60_000;

/// The prefix of generated SKUs; the number follows.
pub(super) const SKU_PREFIX: &str = "GEN-";

/// Product number `number`, from 0, with a price in `currency`. Its id is a UUIDv7, one minute after the previous one.
pub(super) fn product(number: u32, currency: Currency) -> BulkProduct {
    let mut rng = Rng(u64::from(number));
    let kind = rng.pick(&KINDS);
    let (brand, quality) = (*rng.pick(&BRANDS), *rng.pick(&QUALITIES));
    let (thing, variant) = (*rng.pick(kind.things), *rng.pick(kind.variants));
    let (color, origin) = (*rng.pick(&COLORS), *rng.pick(&ORIGINS));
    let (value, purpose) = (*rng.pick(kind.values), *rng.pick(kind.uses));
    let name = format!("{brand} {quality} {thing} {variant}");
    let (lowest, highest) = kind.price;
    // The square makes cheap products more frequent than expensive ones.
    let share = rng.below(1_000);
    let price = lowest + (highest - lowest) * share * share / 1_000_000;
    let mut attributes = BTreeMap::from([
        ("brand", brand),
        ("color", color),
        ("origin", origin),
        (kind.attribute, value),
    ]);
    if rng.below(3) == 0 {
        attributes.insert("edition", "limited");
    }
    let millisecond = FIRST_MILLISECOND + MINUTE * u64::from(number);
    let mut tail = [0; 10];
    for (byte, random) in tail.iter_mut().zip(rng.next().to_be_bytes()) {
        *byte = random;
    }
    BulkProduct {
        id: uuid::Builder::from_unix_timestamp_millis(millisecond, &tail).into_uuid(),
        sku: format!("{SKU_PREFIX}{number:07}"),
        slug: format!("{}-{number:07}", slug(&name)),
        description: format!(
            "The {thing} by {brand} in {color}, made in {origin} with {purpose} in mind. \
             {quality} by name and by nature: {attribute} {value}, {variant}.",
            attribute = kind.attribute,
        ),
        name,
        price: i64::try_from(price - price % 10).unwrap_or(i64::MAX),
        currency,
        category: kind.category,
        attributes,
        on_hand: match rng.below(12) {
            0 => 0,
            _ => u32::try_from(1 + rng.below(500)).unwrap_or(1),
        },
    }
}

/// The number of the generated product with this SKU.
pub(super) fn number(sku: &str) -> anyhow::Result<u32> {
    let number = sku.strip_prefix(SKU_PREFIX).map(str::parse);
    number
        .and_then(Result::ok)
        .with_context(|| format!("{sku} is not the SKU of a generated product"))
}

/// Every word and attribute that generated products can have, per category.
pub(super) fn vocabularies() -> Vec<Vocabulary> {
    KINDS.iter().map(Kind::vocabulary).collect()
}

impl Kind {
    fn vocabulary(&self) -> Vocabulary {
        let join = |lists: &[&[&str]]| -> String {
            let words: Vec<&str> = lists.iter().flat_map(|list| list.iter().copied()).collect();
            words.join(" ")
        };
        let pairs = |key: &'static str, values: &[&'static str]| -> Vec<(&str, &'static str)> {
            values.iter().map(|value| (key, *value)).collect()
        };
        let sentences = [
            "the by in made with mind name and nature gen limited",
            self.attribute,
        ];
        Vocabulary {
            category: self.category,
            names: join(&[&BRANDS, &QUALITIES, self.things, self.variants]),
            rest: join(&[&COLORS, &ORIGINS, self.values, self.uses, &sentences]),
            attributes: [
                pairs("brand", &BRANDS),
                pairs("color", &COLORS),
                pairs("origin", &ORIGINS),
                pairs("edition", &["limited"]),
                pairs(self.attribute, self.values),
            ]
            .concat(),
        }
    }
}

/// The slug of a name: `Chef's Knife, 20 cm` becomes `chef-s-knife-20-cm`.
fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// SplitMix64: small, fast, and the same on every machine.
struct Rng(u64);

impl Rng {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let count = u64::try_from(from.len()).unwrap_or(1).max(1);
        let index = usize::try_from(self.below(count)).unwrap_or(0);
        &from[index]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn product(number: u32) -> BulkProduct {
        super::product(number, Currency::EUR)
    }

    #[test]
    fn the_same_number_is_the_same_product() {
        assert_eq!(product(7), product(7));
        assert_ne!(product(7).name, product(8).name);
    }

    #[test]
    fn ids_and_slugs_are_unique_and_ids_sort_by_number() {
        let products: Vec<BulkProduct> = (0..2_000).map(product).collect();
        assert!(products.is_sorted_by(|a, b| a.id < b.id));
        let slugs: BTreeSet<&str> = products.iter().map(|p| p.slug.as_str()).collect();
        assert_eq!(slugs.len(), products.len());
    }

    #[test]
    fn a_slug_is_made_of_the_letters_and_digits_of_a_name() {
        assert_eq!(slug("Chef's Knife, 20 cm"), "chef-s-knife-20-cm");
        assert_eq!(slug(" (60 %) "), "60");
    }

    #[test]
    fn products_are_varied() {
        let products: Vec<BulkProduct> = (0..2_000).map(product).collect();
        let names: BTreeSet<&str> = products.iter().map(|p| p.name.as_str()).collect();
        assert!(names.len() > 1_500, "{}", names.len());
        for kind in &KINDS {
            let of_kind = products.iter().filter(|p| p.category == kind.category);
            assert!(of_kind.count() > 100, "{}", kind.category);
        }
        assert!(products.iter().any(|p| p.on_hand == 0));
    }
}
