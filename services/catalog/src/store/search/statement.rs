//! SQL that is composed of conditions.

use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Bool, Float, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{Filters, Query, Sort, Word};
use crate::store::products::containment;

/// A value for a placeholder.
pub(super) enum Bind {
    Text(String),
    MaybeText(Option<String>),
    Id(Uuid),
    Ids(Vec<Uuid>),
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
                Bind::MaybeText(text) => query.bind::<Nullable<Text>, _>(text),
                Bind::Id(id) => query.bind::<SqlUuid, _>(id),
                Bind::Ids(ids) => query.bind::<Array<SqlUuid>, _>(ids),
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

/// What products with the name or SKU that was searched for are in a set of matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExactMatches {
    /// There are none, or the search has no query.
    Ignored,
    /// They match, whether they have the words or not.
    Included(Query),
    /// They do not match.
    Excluded(Query),
}

/// The conditions of a match.
#[derive(Clone)]
pub(super) struct Conditions {
    pub(super) category_id: Option<Uuid>,
    pub(super) words: Vec<Word>,
    pub(super) exact: ExactMatches,
    pub(super) filters: Filters,
}

impl Conditions {
    /// Whether indexes without the order of a sort can find the matches.
    pub(super) fn has_gin(&self) -> bool {
        !self.words.is_empty()
            || !self.filters.attributes.is_empty()
            || matches!(self.exact, ExactMatches::Included(_))
    }

    /// The same matches, less the exact ones.
    pub(super) fn without_exact(&self) -> Self {
        let mut rest = self.clone();
        if let ExactMatches::Included(query) = rest.exact {
            rest.exact = ExactMatches::Excluded(query);
        }
        rest
    }

    /// For example `'coffee' & 'bea':*`. The function `shop_text` leaves no quote and no backslash in a word.
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
        self.push_filters(sql);
        let words = self.tsquery();
        match (&self.exact, words) {
            (ExactMatches::Ignored, None) => {}
            (ExactMatches::Ignored, Some(words)) => {
                sql.push(" AND ");
                push_words(sql, words, names, by_index);
            }
            (ExactMatches::Included(query), None) => {
                sql.push(" AND ");
                push_exact(sql, query);
            }
            (ExactMatches::Included(query), Some(words)) => {
                sql.push(" AND (");
                push_words(sql, words, names, by_index);
                sql.push(" OR ");
                push_exact(sql, query);
                sql.push(")");
            }
            (ExactMatches::Excluded(query), words) => {
                if let Some(words) = words {
                    sql.push(" AND ");
                    push_words(sql, words, names, by_index);
                }
                sql.push(" AND NOT ");
                push_exact(sql, query);
            }
        }
    }

    /// The conditions but for the query.
    pub(super) fn push_filters(&self, sql: &mut Statement) {
        self.push_category(sql);
        self.push_prices(sql);
        if self.filters.in_stock {
            sql.push(" AND in_stock");
        }
        if !self.filters.attributes.is_empty() {
            sql.push(" AND attributes @> ")
                .arg(Bind::Json(containment(&self.filters.attributes)));
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

/// The name by the index of names, or the SKU.
pub(super) fn push_exact(sql: &mut Statement, query: &Query) {
    sql.push("(name = ")
        .arg(Bind::Text(query.text.clone()))
        .push(" COLLATE shop_names");
    if let Some(sku) = &query.sku {
        sql.push(" OR sku = ")
            .arg(Bind::Text(sku.as_str().to_owned()));
    }
    sql.push(")");
}

fn push_words(sql: &mut Statement, words: String, names: Names, by_index: bool) {
    if by_index && names == Names::WithAllWords {
        sql.push("to_tsvector('shop_english', shop_text(name)) @@ to_tsquery('shop_english', ")
            .arg(Bind::Text(words))
            .push(")");
        return;
    }
    sql.push("(search @@ to_tsquery('shop_english', ")
        .arg(Bind::Text(words.clone()))
        .push(")");
    if names != Names::Any {
        let has_all_words = names == Names::WithAllWords;
        sql.push(" AND search @@ to_tsquery('shop_english', ")
            .arg(Bind::Text(in_names(&words)))
            .push(") = ")
            .arg(Bind::Bool(has_all_words));
    }
    sql.push(")");
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
            exact: ExactMatches::Ignored,
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
