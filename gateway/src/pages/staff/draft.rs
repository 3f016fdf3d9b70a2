//! The fields of a form that changes something saved: what a member typed, and what is saved now.

use std::hash::{DefaultHasher, Hasher};

use crate::pages::form::Form;

/// The fields of a form.
#[derive(Debug, Clone)]
pub(crate) struct Draft(Vec<Field>);

/// A field of a form.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Its name in the form.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) label: &'static str,
    /// What it has.
    pub(crate) value: String,
    /// The fingerprint of what was saved when the member opened the form, for the hidden field `read.NAME`: whether they
    /// changed it.
    pub(crate) read: String,
}

impl Field {
    /// Whether the member typed another value than the one that they read.
    pub(crate) fn is_changed(&self) -> bool {
        fingerprint(&self.value) != self.read
    }
}

impl Draft {
    /// What is saved: names and labels of the fields, and their values in the same order.
    pub(crate) fn saved<const N: usize>(
        labels: &[(&'static str, &'static str); N],
        values: [String; N],
    ) -> Self {
        let fields = labels.iter().zip(values).map(|((name, label), value)| {
            let value = normal(&value);
            Field {
                name,
                label,
                read: fingerprint(&value),
                value,
            }
        });
        Self(fields.collect())
    }

    /// The fields of a form for something new.
    pub(crate) fn empty<const N: usize>(labels: &[(&'static str, &'static str); N]) -> Self {
        Self::saved(labels, std::array::from_fn(|_| String::new()))
    }

    /// What a form has. After a conflict, a member may have chosen what is saved of a field: `use.NAME`.
    pub(crate) fn typed(saved: &Self, form: &Form) -> Self {
        let fields = saved.0.iter().map(|field| {
            let is_theirs = form.text(&format!("use.{}", field.name)) == "saved";
            Field {
                name: field.name,
                label: field.label,
                value: match is_theirs {
                    true => field.value.clone(),
                    false => normal(&form.text(field.name)),
                },
                read: form.text(&format!("read.{}", field.name)),
            }
        });
        Self(fields.collect())
    }

    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|field| field.name == name);
        field.map_or("", |field| &field.value)
    }

    /// Sets the value of a field.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        let field = self.0.iter_mut().find(|field| field.name == name);
        if let Some(field) = field {
            field.value = value;
        }
    }

    /// All fields.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.0
    }
}

/// Forms send texts with other line ends than the ones that are saved.
fn normal(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

fn fingerprint(value: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(value.as_bytes());
    format!("{:016x}", hasher.finish())
}
