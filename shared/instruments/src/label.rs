/// What stands for every value that is not known, or is one too many.
pub const OTHER: &str = "other";

/// The values that a label can take. There is no way to allow any number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One of these. Without [`OTHER`] among them, any other is a mistake: a panic in debug builds.
    OneOf(&'static [&'static str]),
    /// As many different ones at most, whatever they are: what comes later is [`OTHER`].
    UpTo(usize),
}

/// A label: its name, and what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// As in queries.
    pub name: &'static str,
    /// How many there can be.
    pub values: Values,
}

impl Label {
    /// A label whose values are known.
    #[must_use]
    pub const fn one_of(name: &'static str, values: &'static [&'static str]) -> Self {
        Self {
            name,
            values: Values::OneOf(values),
        }
    }

    /// A label whose values come from elsewhere, such as routes, RPCs or queues: never from a request.
    #[must_use]
    pub const fn up_to(name: &'static str, most: usize) -> Self {
        Self {
            name,
            values: Values::UpTo(most),
        }
    }

    /// The value to count under.
    pub(crate) fn admit<'a>(&self, value: &'a str) -> &'a str {
        match self.values {
            Values::UpTo(_) => value,
            Values::OneOf(known) if known.contains(&value) => value,
            Values::OneOf(known) => {
                debug_assert!(
                    known.contains(&OTHER),
                    "`{value}` is not a value of the label `{}`: list it in `instruments`",
                    self.name
                );
                OTHER
            }
        }
    }
}
