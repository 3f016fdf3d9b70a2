/// The label value of all values beyond a label's maximum.
pub const OTHER: &str = "other";

/// Most labels of a metric.
pub(crate) const MAX_LABELS: usize = 4;

/// The name of a label and its possible values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The name in queries.
    pub name: &'static str,
    /// The possible values.
    pub values: Values,
}

/// The possible values of a label. Their number is always bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any texts, but at most this many different ones; later ones count as [`OTHER`].
    UpTo(usize),
}

/// A label type, defined with [`labels!`](crate::labels).
pub trait LabelType {
    /// The type of its values.
    type Value<'a>;
    /// Its name and possible values.
    const LABEL: Label;
    /// The exported text of a value.
    fn text<'a>(value: Self::Value<'a>) -> &'a str;
}

/// The labels of a metric: `()`, a [`LabelType`], or up to four of them.
pub trait Labels {
    /// The types of the values.
    type Values<'a>;
    /// The names and possible values.
    const LABELS: &'static [Label];
    /// The exported texts of the values.
    fn texts<'a>(values: Self::Values<'a>) -> [&'a str; MAX_LABELS];
}

impl Labels for () {
    type Values<'a> = ();
    const LABELS: &'static [Label] = &[];

    fn texts<'a>((): ()) -> [&'a str; MAX_LABELS] {
        [""; MAX_LABELS]
    }
}

impl<A: LabelType> Labels for A {
    type Values<'a> = A::Value<'a>;
    const LABELS: &'static [Label] = &[A::LABEL];

    fn texts<'a>(a: Self::Values<'a>) -> [&'a str; MAX_LABELS] {
        [A::text(a), "", "", ""]
    }
}

impl<A: LabelType, B: LabelType> Labels for (A, B) {
    type Values<'a> = (A::Value<'a>, B::Value<'a>);
    const LABELS: &'static [Label] = &[A::LABEL, B::LABEL];

    fn texts<'a>((a, b): Self::Values<'a>) -> [&'a str; MAX_LABELS] {
        [A::text(a), B::text(b), "", ""]
    }
}

impl<A: LabelType, B: LabelType, C: LabelType> Labels for (A, B, C) {
    type Values<'a> = (A::Value<'a>, B::Value<'a>, C::Value<'a>);
    const LABELS: &'static [Label] = &[A::LABEL, B::LABEL, C::LABEL];

    fn texts<'a>((a, b, c): Self::Values<'a>) -> [&'a str; MAX_LABELS] {
        [A::text(a), B::text(b), C::text(c), ""]
    }
}

impl<A: LabelType, B: LabelType, C: LabelType, D: LabelType> Labels for (A, B, C, D) {
    type Values<'a> = (A::Value<'a>, B::Value<'a>, C::Value<'a>, D::Value<'a>);
    const LABELS: &'static [Label] = &[A::LABEL, B::LABEL, C::LABEL, D::LABEL];

    fn texts<'a>((a, b, c, d): Self::Values<'a>) -> [&'a str; MAX_LABELS] {
        [A::text(a), B::text(b), C::text(c), D::text(d)]
    }
}

/// Defines labels. The values of a label are those of a new enum, those of another type, or any
/// texts up to a maximum number.
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
///     /// The shop that sold it.
///     pub struct Shop as "shop" up to 16;
/// }
/// instruments::metrics! {
///     /// The metrics of the oven.
///     pub static METRICS;
///
///     /// Loaves baked
///     LOAVES: Counter<(Grain, Weight)> = "loaves_total";
///     /// Loaves sold
///     LOAVES_SOLD: Counter<Shop> = "loaves_sold_total";
/// }
///
/// fn main() {
///     LOAVES.of((Grain::Rye, 2.cmp(&1))).inc();
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
