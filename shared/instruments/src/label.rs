/// The value that stands for every one beyond a label's limit.
pub const OTHER: &str = "other";

/// The most labels that a metric has.
pub(crate) const MOST: usize = 4;

/// A label's name, and its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// As in queries.
    pub name: &'static str,
    /// How many there can be.
    pub values: Values,
}

/// The values that a label can take. There is no way to allow any number of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// As many different ones at most, whatever they are: what comes later is [`OTHER`].
    UpTo(usize),
}

impl Label {
    /// The value to count under. One that was forgotten in the list is found by tests.
    #[must_use]
    pub fn admit<'a>(&self, value: &'a str) -> &'a str {
        match self.values {
            Values::OneOf(known) if !known.contains(&value) => {
                debug_assert!(
                    known.contains(&OTHER),
                    "`{value}` is not a value of the label `{}`: list it where the label is defined",
                    self.name
                );
                OTHER
            }
            _ => value,
        }
    }
}

/// A label as a type, defined with [`labels!`](crate::labels).
pub trait LabelType {
    /// The type of its values.
    type Value<'a>;
    /// Its name and values.
    const LABEL: Label;
    /// The value as it is exposed.
    fn text<'a>(value: Self::Value<'a>) -> &'a str;
}

/// The labels of a metric: `()`, a [`LabelType`], or up to four of them.
pub trait Labels {
    /// The types of their values.
    type Values<'a>;
    /// Their names and values.
    const LABELS: &'static [Label];
    /// The values as they are exposed.
    fn texts<'a>(values: Self::Values<'a>) -> [&'a str; MOST];
}

impl Labels for () {
    type Values<'a> = ();
    const LABELS: &'static [Label] = &[];

    fn texts<'a>((): ()) -> [&'a str; MOST] {
        [""; MOST]
    }
}

impl<A: LabelType> Labels for A {
    type Values<'a> = A::Value<'a>;
    const LABELS: &'static [Label] = &[A::LABEL];

    fn texts<'a>(a: Self::Values<'a>) -> [&'a str; MOST] {
        [A::text(a), "", "", ""]
    }
}

impl<A: LabelType, B: LabelType> Labels for (A, B) {
    type Values<'a> = (A::Value<'a>, B::Value<'a>);
    const LABELS: &'static [Label] = &[A::LABEL, B::LABEL];

    fn texts<'a>((a, b): Self::Values<'a>) -> [&'a str; MOST] {
        [A::text(a), B::text(b), "", ""]
    }
}

impl<A: LabelType, B: LabelType, C: LabelType> Labels for (A, B, C) {
    type Values<'a> = (A::Value<'a>, B::Value<'a>, C::Value<'a>);
    const LABELS: &'static [Label] = &[A::LABEL, B::LABEL, C::LABEL];

    fn texts<'a>((a, b, c): Self::Values<'a>) -> [&'a str; MOST] {
        [A::text(a), B::text(b), C::text(c), ""]
    }
}

impl<A: LabelType, B: LabelType, C: LabelType, D: LabelType> Labels for (A, B, C, D) {
    type Values<'a> = (A::Value<'a>, B::Value<'a>, C::Value<'a>, D::Value<'a>);
    const LABELS: &'static [Label] = &[A::LABEL, B::LABEL, C::LABEL, D::LABEL];

    fn texts<'a>((a, b, c, d): Self::Values<'a>) -> [&'a str; MOST] {
        [A::text(a), B::text(b), C::text(c), D::text(d)]
    }
}

/// Defines labels. The values of a label are those of a new enum, those of another type, texts of a
/// list, or any texts up to a number.
///
/// ```
/// use std::cmp::Ordering;
///
/// instruments::labels! {
///     /// What a loaf is made of.
///     pub enum Grain as "grain" {
///         Rye = "rye",
///         Wheat = "wheat",
///     }
///     /// How a loaf compares with what was ordered.
///     pub struct Weight as "weight" of Ordering {
///         Ordering::Less => "light",
///         Ordering::Equal => "right",
///         Ordering::Greater => "heavy",
///     }
///     /// How it looks, by the baker's own words.
///     pub struct Shape as "shape" one of ["round", "long", "other"];
///     /// The shop that sold it.
///     pub struct Shop as "shop" up to 16;
/// }
/// instruments::metrics! {
///     /// The metrics of the oven.
///     pub static METRICS;
///
///     /// Loaves baked
///     LOAVES: Counter<(Grain, Weight, Shape)> = "loaves_total";
///     /// Loaves sold
///     LOAVES_SOLD: Counter<Shop> = "loaves_sold_total";
/// }
///
/// fn main() {
///     LOAVES.of((Grain::Rye, 2.cmp(&1), "long")).inc();
///     LOAVES_SOLD.of("mill").inc();
/// }
/// ```
#[macro_export]
macro_rules! labels {
    () => {};
    (
        $(#[$about:meta])*
        $vis:vis enum $name:ident as $label:literal { $($variant:ident = $value:literal),+ $(,)? }
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $(#[doc = $value] $variant),+
        }

        $crate::labels!(@one_of $name, Self, $label, $($name::$variant => $value),+);
        $crate::labels! { $($rest)* }
    };
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident as $label:literal of $type:ty {
            $($pattern:pat => $value:literal),+ $(,)?
        }
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        $vis struct $name;

        $crate::labels!(@one_of $name, $type, $label, $($pattern => $value),+);
        $crate::labels! { $($rest)* }
    };
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident as $label:literal up to $most:literal;
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        $vis struct $name;

        impl $crate::LabelType for $name {
            type Value<'a> = &'a str;
            const LABEL: $crate::Label = $crate::Label {
                name: $label,
                values: $crate::Values::UpTo($most),
            };

            fn text<'a>(value: Self::Value<'a>) -> &'a str {
                value
            }
        }

        $crate::labels! { $($rest)* }
    };
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident as $label:literal one of [$($value:literal),+ $(,)?];
        $($rest:tt)*
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        $vis struct $name;

        impl $crate::LabelType for $name {
            type Value<'a> = &'a str;
            const LABEL: $crate::Label = $crate::Label {
                name: $label,
                values: $crate::Values::OneOf(&[$($value),+]),
            };

            fn text<'a>(value: Self::Value<'a>) -> &'a str {
                <Self as $crate::LabelType>::LABEL.admit(value)
            }
        }

        $crate::labels! { $($rest)* }
    };
    (@one_of $name:ident, $type:ty, $label:literal, $($pattern:pat => $value:literal),+) => {
        impl $crate::LabelType for $name {
            type Value<'a> = $type;
            const LABEL: $crate::Label = $crate::Label {
                name: $label,
                values: $crate::Values::OneOf(&[$($value),+]),
            };

            fn text<'a>(value: Self::Value<'a>) -> &'a str {
                match value {
                    $($pattern => $value),+
                }
            }
        }
    };
}
