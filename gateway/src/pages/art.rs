//! Product art: flat still lifes, drawn from a product's category and SKU.
//!
//! A category has a palette of three tones. Each product of the demo catalog has a drawing of its own;
//! a product that nobody drew gets the parcel of its category. Light falls from the upper left.

mod audio;
mod books;
mod care;
mod coffee;
mod garden;
mod home_office;
mod keyboards;
mod kitchen;
mod lighting;
mod music;
mod outdoor;
mod palette;
mod shop;
mod solids;
mod stationery;
mod still;
#[cfg(test)]
mod tests;
mod toys;

use still::Still;

/// Names the drawings in URLs, which are cached for a year. Change it with any drawing.
pub(crate) const VERSION: &str = "1";

/// The path of a product's drawing.
pub(crate) fn path(category: &str, sku: &str) -> String {
    format!("/art/{VERSION}/{category}/{sku}.svg")
}

/// The drawings that stand for categories: the category, and the SKU.
pub(crate) const COVERS: [(&str, &str); 13] = [
    ("audio", "AUDIO-TURNTABLE-BELT"),
    ("books", "BOOK-ATLAS-NIGHT-TRAINS"),
    ("care-and-wellbeing", "CARE-CANDLE-CEDAR"),
    ("coffee-and-tea", "COFFEE-FILTER-YIRGA-250"),
    ("garden", "GARDEN-CAN-9L"),
    ("home-office", "OFFICE-LAMP-ARCHITECT"),
    ("keyboards", "KB-KEYCAPS-SAGE"),
    ("kitchen", "KITCHEN-KETTLE-GOOSENECK"),
    ("lighting", "LIGHT-PENDANT-GLASS"),
    ("music", "MUSIC-UKULELE-TENOR"),
    ("outdoor", "OUTDOOR-TENT-2P"),
    ("stationery", "STAT-INK-BLUEBLACK"),
    ("toys-and-games", "TOY-TRAIN-STARTER"),
];

/// The SKU whose drawing stands for a category.
pub(crate) fn cover(category: &str) -> &'static str {
    let cover = COVERS.iter().find(|(known, _)| *known == category);
    cover.map_or("PARCEL", |(_, sku)| sku)
}

/// The current path of the drawing of a category that a path names, which may be of an older version.
pub(crate) fn current(url: &str) -> Option<String> {
    let (_version, drawing) = url.strip_prefix("/art/")?.split_once('/')?;
    let (category, sku) = drawing.strip_suffix(".svg")?.split_once('/')?;
    COVERS
        .contains(&(category, sku))
        .then(|| path(category, sku))
}

/// The drawing as SVG: 400 × 400, `SHOP-HERO` 960 × 640. The same arguments always give the same bytes.
pub(crate) fn draw(category: &str, sku: &str) -> String {
    let mut still = Still::new(palette::of(category), sku);
    let is_drawn = match category {
        "audio" => audio::draw(&mut still, sku),
        "books" => books::draw(&mut still, sku),
        "care-and-wellbeing" => care::draw(&mut still, sku),
        "coffee-and-tea" => coffee::draw(&mut still, sku),
        "garden" => garden::draw(&mut still, sku),
        "home-office" => home_office::draw(&mut still, sku),
        "keyboards" => keyboards::draw(&mut still, sku),
        "kitchen" => kitchen::draw(&mut still, sku),
        "lighting" => lighting::draw(&mut still, sku),
        "music" => music::draw(&mut still, sku),
        "outdoor" => outdoor::draw(&mut still, sku),
        "shop" => shop::draw(&mut still, sku),
        "stationery" => stationery::draw(&mut still, sku),
        "toys-and-games" => toys::draw(&mut still, sku),
        _ => false,
    };
    if !is_drawn {
        shop::parcel(&mut still);
    }
    still.finish()
}
