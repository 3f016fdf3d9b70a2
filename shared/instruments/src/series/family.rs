use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock};

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabel, EncodeLabelSet, EncodeMetric, LabelSetEncoder,
};

use super::Series;
use crate::descriptor::Descriptor;
use crate::label::{Label, Labels, MAX_LABELS, OTHER, Values};

/// A metric with the labels `L`: one series `S` for each combination of their values.
pub struct Family<L, S> {
    descriptor: Descriptor,
    /// Sorted by the values of the labels.
    rows: RwLock<Vec<(Key, S)>>,
    labels: PhantomData<fn() -> L>,
}

/// The values of the labels; empty for labels that the metric does not have.
type Key = [Box<str>; MAX_LABELS];

/// A [`Family`] with any labels.
pub trait Metric: Sync {
    /// Its constant properties.
    fn descriptor(&self) -> &Descriptor;

    /// Its labels, in the order of `of`.
    fn labels(&self) -> &'static [Label];

    /// Creates the series of all listed label values with 0, so that the first count is an increase, on
    /// which alerts can fire. Does not create gauges.
    fn start(&self);

    /// Writes its series.
    ///
    /// # Errors
    /// Those of the writer.
    fn encode(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result;
}

impl<L: Labels, S: Series> Family<L, S> {
    /// For [`metrics!`](crate::metrics).
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str, buckets: &'static [f64]) -> Self {
        Self {
            descriptor: Descriptor {
                name,
                help,
                kind: S::KIND,
                buckets,
            },
            rows: RwLock::new(Vec::new()),
            labels: PhantomData,
        }
    }

    /// The series of these label values; created on first use.
    pub fn of(&self, values: L::Values<'_>) -> S {
        self.of_texts(L::texts(values))
    }

    fn of_texts(&self, values: [&str; MAX_LABELS]) -> S {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        if let Ok(at) = find(&rows, &values) {
            return rows[at].1.clone();
        }
        drop(rows);
        self.insert(values)
    }

    fn insert(&self, mut values: [&str; MAX_LABELS]) -> S {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (at, label) in L::LABELS.iter().enumerate() {
            let Values::UpTo(max) = label.values else {
                continue;
            };
            let seen: BTreeSet<&str> = rows.iter().map(|(row, _)| &*row[at]).collect();
            if seen.len() >= max && !seen.contains(values[at]) {
                values[at] = OTHER;
            }
        }
        match find(&rows, &values) {
            Ok(at) => rows[at].1.clone(),
            Err(at) => {
                let made = S::new(self.descriptor.buckets);
                rows.insert(at, (values.map(Box::from), made.clone()));
                made
            }
        }
    }
}

fn find<S>(rows: &[(Key, S)], values: &[&str; MAX_LABELS]) -> Result<usize, usize> {
    rows.binary_search_by(|(row, _)| {
        let each = row.iter().zip(values);
        each.map(|(there, here)| (**there).cmp(here))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

impl<L: Labels, S: Series> Metric for Family<L, S> {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    fn labels(&self) -> &'static [Label] {
        L::LABELS
    }

    fn start(&self) {
        let mut all = vec![[""; MAX_LABELS]];
        for (at, label) in L::LABELS.iter().enumerate() {
            let Values::OneOf(listed) = label.values else {
                return;
            };
            let with = |row: &[&'static str; MAX_LABELS]| {
                let mut row = *row;
                listed.iter().map(move |value| {
                    row[at] = value;
                    row
                })
            };
            all = all.iter().flat_map(with).collect();
        }
        if all.len() <= S::MAX_INITIAL {
            for values in all {
                self.of_texts(values);
            }
        }
    }

    fn encode(&self, to: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = self.descriptor.encode(to)?;
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        for (values, series) in rows.iter() {
            // The encoder writes `{}` for an empty label set.
            if L::LABELS.is_empty() {
                return series.encodable().encode(family);
            }
            let pairs = Pairs(L::LABELS, values);
            series.encodable().encode(family.encode_family(&pairs)?)?;
        }
        Ok(())
    }
}

struct Pairs<'a>(&'static [Label], &'a Key);

impl EncodeLabelSet for Pairs<'_> {
    fn encode(&self, to: &mut LabelSetEncoder<'_>) -> fmt::Result {
        for (label, value) in self.0.iter().zip(self.1) {
            (label.name, &**value).encode(to.encode_label())?;
        }
        Ok(())
    }
}
