//! The colors of the categories.

/// Backgrounds, three tones from light to dark, and one contrasting color for small things.
pub(super) struct Palette {
    pub(super) wall: &'static str,
    pub(super) table: &'static str,
    pub(super) light: &'static str,
    pub(super) mid: &'static str,
    pub(super) dark: &'static str,
    pub(super) spark: &'static str,
}

/// What is painted, independent of the category.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// The background of a drawing from the side.
    Wall,
    /// The surface that things stand or lie on.
    Table,
    /// The lightest tone of the category.
    Light,
    /// The tone that most things have.
    Mid,
    /// The darkest tone of the category.
    Dark,
    /// The contrasting color.
    Spark,
    /// Paper, porcelain, enamel.
    White,
    /// Rubber, iron, openings.
    Ink,
}

impl Palette {
    pub(super) fn color(&self, tone: Tone) -> &'static str {
        match tone {
            Tone::Wall => self.wall,
            Tone::Table => self.table,
            Tone::Light => self.light,
            Tone::Mid => self.mid,
            Tone::Dark => self.dark,
            Tone::Spark => self.spark,
            Tone::White => "#fdf8ec",
            Tone::Ink => "#2b2621",
        }
    }
}

/// The palette of a category; that of the shop for one that nobody painted.
pub(super) fn of(category: &str) -> Palette {
    let [wall, table, light, mid, dark, spark] = match category {
        "audio" => [
            "#ecdfe2", "#d9c2c9", "#c894a3", "#8c5068", "#4d2839", "#e2a550",
        ],
        "books" => [
            "#f1dfd5", "#e0c3b3", "#dd987b", "#ab4a35", "#64261d", "#2f6265",
        ],
        "care-and-wellbeing" => [
            "#e8e5ef", "#d0cbe0", "#b7add3", "#7b70a6", "#453b6b", "#e0a98e",
        ],
        "coffee-and-tea" => [
            "#f0e3d2", "#dcc4a6", "#cb9f70", "#8b583a", "#462a1e", "#41705a",
        ],
        "garden" => [
            "#e5ebd9", "#cad7b5", "#a2bd7e", "#567f42", "#2c4a2a", "#d4623c",
        ],
        "home-office" => [
            "#e1e8ea", "#c5d2d7", "#98b2be", "#4d7183", "#294050", "#e3aa3d",
        ],
        "keyboards" => [
            "#e4e7e0", "#ccd3c8", "#aebbac", "#687d70", "#303f38", "#dc774c",
        ],
        "kitchen" => [
            "#f3e8cd", "#e4d2a4", "#ddb65e", "#a67a2f", "#573d19", "#3c6472",
        ],
        "lighting" => [
            "#4c5c70", "#35424f", "#8ea0b2", "#5f7488", "#232d38", "#f6cf6b",
        ],
        "music" => [
            "#f4e2cf", "#e5c8a5", "#e0a468", "#ad6230", "#59301c", "#37645d",
        ],
        "outdoor" => [
            "#dce8e6", "#bcd0c8", "#8eb4a6", "#3f7669", "#1e443f", "#e27d3a",
        ],
        "stationery" => [
            "#e3e6f0", "#c8cfe3", "#9caad4", "#4b609f", "#27355e", "#d9a548",
        ],
        "toys-and-games" => [
            "#dfece7", "#bfd8cf", "#f2c35a", "#de6f55", "#2d5b6b", "#8fbfa8",
        ],
        _ => [
            "#ece6d8", "#d8cfbc", "#c9b48f", "#8c7350", "#473a28", "#2b6a50",
        ],
    };
    Palette {
        wall,
        table,
        light,
        mid,
        dark,
        spark,
    }
}
