//! SQL that is composed of conditions.

use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Bool, Float, Jsonb, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Filters, Sort, Word};
use crate::store::products::containment;

/// A value for a placeholder.
pub(super) enum Bind {
    Text(String),
    Id(Uuid),
    Int(i64),
    Real(f32),
    Bool(bool),
    Json(Value),
}

/// SQL with its values. Input of callers is always a value, never SQL.
pub(super) struct Statement {
    sql: String,
    binds: Vec<Bind>,
}

impl Statement {
    pub(super) fn new(sql: &str) -> Self {
        Self {
            sql: sql.to_owned(),
            binds: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Appends a placeholder for a value.
    pub(super) fn arg(&mut self, bind: Bind) -> &mut Self {
        self.binds.push(bind);
        self.sql.push_str(&format!("${}", self.binds.len()));
        self
    }

    pub(super) async fn load<R>(
        self,
        conn: &mut AsyncPgConnection,
    ) -> Result<Vec<R>, persistence::Error>
    where
        R: QueryableByName<Pg> + Send + 'static,
    {
        let mut query = sql_query(self.sql).into_boxed::<Pg>();
        for bind in self.binds {
            query = match bind {
                Bind::Text(text) => query.bind::<Text, _>(text),
                Bind::Id(id) => query.bind::<SqlUuid, _>(id),
                Bind::Int(number) => query.bind::<BigInt, _>(number),
                Bind::Real(number) => query.bind::<Float, _>(number),
                Bind::Bool(truth) => query.bind::<Bool, _>(truth),
                Bind::Json(json) => query.bind::<Jsonb, _>(json),
            };
        }
        Ok(query.load(conn).await?)
    }
}

/// The condition on the name of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Any,
    WithAllWords,
    WithoutAllWords,
}

/// The conditions of a match.
#[derive(Clone)]
pub(super) struct Conditions {
    pub(super) category_id: Option<Uuid>,
    pub(super) words: Vec<Word>,
    pub(super) filters: Filters,
}

impl Conditions {
    /// Whether a GIN index can find the matches.
    pub(super) fn has_gin(&self) -> bool {
        !self.words.is_empty() || !self.filters.attributes.is_empty()
    }

    /// For example `'coffee' & 'bea':*`. Words have only letters and digits, so they cannot contain a quote.
    pub(super) fn tsquery(&self) -> Option<String> {
        let terms: Vec<String> = self
            .words
            .iter()
            .map(|word| {
                let prefix = if word.is_prefix { ":*" } else { "" };
                format!("'{}'{prefix}", word.text)
            })
            .collect();
        (!terms.is_empty()).then(|| terms.join(" & "))
    }

    /// Whether [`Conditions::push_range`] covers all conditions under a sort. Then a short window means the end of the
    /// index.
    pub(super) fn is_covered_by(&self, sort: Sort) -> bool {
        // A price filter always has a currency.
        let has_currency = self.filters.currency.is_some();
        !self.has_gin() && !self.filters.in_stock && (!has_currency || sort.is_by_price())
    }

    /// The conditions that the index of a sort can apply.
    pub(super) fn push_range(&self, sql: &mut Statement, sort: Sort) {
        self.push_category(sql);
        if sort.is_by_price() {
            self.push_prices(sql);
        }
    }

    /// All conditions. `by_index`: in the form that the GIN index of names matches; else in an equivalent form that is
    /// cheap to check for a row.
    pub(super) fn push_all(&self, sql: &mut Statement, names: Names, by_index: bool) {
        self.push_category(sql);
        self.push_prices(sql);
        if self.filters.in_stock {
            sql.push(" AND in_stock");
        }
        if !self.filters.attributes.is_empty() {
            sql.push(" AND attributes @> ")
                .arg(Bind::Json(containment(&self.filters.attributes)));
        }
        let Some(query) = self.tsquery() else { return };
        if by_index && names == Names::WithAllWords {
            sql.push(" AND to_tsvector('shop_english', name) @@ to_tsquery('shop_english', ")
                .arg(Bind::Text(query))
                .push(")");
            return;
        }
        sql.push(" AND search @@ to_tsquery('shop_english', ")
            .arg(Bind::Text(query.clone()))
            .push(")");
        if names != Names::Any {
            let has_all_words = names == Names::WithAllWords;
            sql.push(" AND search @@ to_tsquery('shop_english', ")
                .arg(Bind::Text(in_names(&query)))
                .push(") = ")
                .arg(Bind::Bool(has_all_words));
        }
    }

    fn push_category(&self, sql: &mut Statement) {
        if let Some(id) = self.category_id {
            sql.push(" AND category_id = ").arg(Bind::Id(id));
        }
    }

    fn push_prices(&self, sql: &mut Statement) {
        if let Some(currency) = self.filters.currency {
            sql.push(" AND currency = ")
                .arg(Bind::Text(currency.code().to_owned()));
        }
        if let Some(price) = self.filters.min_price {
            sql.push(" AND price_minor >= ").arg(Bind::Int(price));
        }
        if let Some(price) = self.filters.max_price {
            sql.push(" AND price_minor <= ").arg(Bind::Int(price));
        }
    }
}

/// The same query, restricted to the weight of names.
fn in_names(query: &str) -> String {
    query
        .split(" & ")
        .map(|term| match term.strip_suffix(":*") {
            Some(word) => format!("{word}:*A"),
            None => format!("{term}:A"),
        })
        .collect::<Vec<_>>()
        .join(" & ")
}

#[cfg(test)]
mod tests {
    use kernel::Currency;

    use super::*;

    #[test]
    fn a_query_is_restricted_to_names() {
        assert_eq!(in_names("'coffee'"), "'coffee':A");
        assert_eq!(in_names("'dark' & 'roas':*"), "'dark':A & 'roas':*A");
    }

    #[test]
    fn an_index_covers_a_category_and_its_own_range_only() {
        let mut conditions = Conditions {
            category_id: Some(Uuid::nil()),
            words: Vec::new(),
            filters: Filters {
                currency: Some(Currency::EUR),
                max_price: Some(10),
                ..Filters::default()
            },
        };
        assert!(conditions.is_covered_by(Sort::PriceAscending));
        assert!(!conditions.is_covered_by(Sort::Name));
        conditions.filters.in_stock = true;
        assert!(!conditions.is_covered_by(Sort::PriceAscending));
    }
}
