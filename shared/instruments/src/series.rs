use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabel, EncodeLabelSet, EncodeMetric, LabelSetEncoder,
};

use crate::about::{self, About};
use crate::label::{Label, OTHER, Values};

/// The series of one metric, sorted by their label values.
#[derive(Debug)]
pub(crate) struct Series<const N: usize, M> {
    labels: [Label; N],
    rows: RwLock<Vec<([Box<str>; N], M)>>,
}

impl<const N: usize, M: Clone> Series<N, M> {
    pub(crate) const fn new(labels: [Label; N]) -> Self {
        Self {
            labels,
            rows: RwLock::new(Vec::new()),
        }
    }

    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    pub(crate) fn is_empty(&self) -> bool {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        rows.is_empty()
    }

    /// The series of these values, made if it is the first time.
    pub(crate) fn of(&self, mut values: [&str; N], make: impl FnOnce() -> M) -> M {
        for (label, value) in self.labels.iter().zip(&mut values) {
            *value = label.admit(value);
        }
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        if let Ok(at) = find(&rows, &values) {
            return rows[at].1.clone();
        }
        drop(rows);
        self.insert(values, make)
    }

    fn insert(&self, mut values: [&str; N], make: impl FnOnce() -> M) -> M {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (at, label) in self.labels.iter().enumerate() {
            let Values::UpTo(most) = label.values else {
                continue;
            };
            let seen: BTreeSet<&str> = rows.iter().map(|(row, _)| &*row[at]).collect();
            if seen.len() >= most && !seen.contains(values[at]) {
                values[at] = OTHER;
            }
        }
        match find(&rows, &values) {
            Ok(at) => rows[at].1.clone(),
            Err(at) => {
                let made = make();
                rows.insert(at, (values.map(Box::from), made.clone()));
                made
            }
        }
    }

    /// Makes all series, if their values are known and they are `most` at most.
    pub(crate) fn start(&self, most: usize, make: impl Fn() -> M) {
        let mut all = vec![[""; N]];
        for (at, label) in self.labels.iter().enumerate() {
            let Values::OneOf(known) = label.values else {
                return;
            };
            all = all
                .iter()
                .flat_map(|row| {
                    known.iter().map(|value| {
                        let mut row = *row;
                        row[at] = value;
                        row
                    })
                })
                .collect();
        }
        if all.len() <= most {
            for values in all {
                self.of(values, &make);
            }
        }
    }

    /// Writes the family with all its series.
    pub(crate) fn encode<E: EncodeMetric>(
        &self,
        about: &About,
        to: &mut DescriptorEncoder<'_>,
        form: impl Fn(&M) -> E,
    ) -> fmt::Result {
        let mut family = about::family(about, to)?;
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        for (values, metric) in rows.iter() {
            let pairs = Pairs {
                labels: &self.labels,
                values,
            };
            let row = match N {
                // With a label set, even an empty one, it writes `{}`.
                0 => return form(metric).encode(family),
                _ => family.encode_family(&pairs)?,
            };
            form(metric).encode(row)?;
        }
        Ok(())
    }
}

fn find<const N: usize, M>(
    rows: &[([Box<str>; N], M)],
    values: &[&str; N],
) -> Result<usize, usize> {
    rows.binary_search_by(|(row, _)| {
        row.iter()
            .zip(values)
            .map(|(there, here)| (**there).cmp(here))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

struct Pairs<'a, const N: usize> {
    labels: &'a [Label; N],
    values: &'a [Box<str>; N],
}

impl<const N: usize> EncodeLabelSet for Pairs<'_, N> {
    fn encode(&self, to: &mut LabelSetEncoder<'_>) -> fmt::Result {
        for (label, value) in self.labels.iter().zip(self.values) {
            (label.name, &**value).encode(to.encode_label())?;
        }
        Ok(())
    }
}
