//! SQL statements that are prepared once per connection.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// An SQL statement with `$1`, `$2`, .. for the values that `bind` adds. Like `diesel::sql_query`, but
/// prepared once per connection; `sql_query` prepares at each execution, which costs a round trip.
///
/// Each text stays in the connection's cache, so it must not contain data.
pub fn prepared(sql: impl Into<Cow<'static, str>>) -> Prepared {
    Prepared { sql: sql.into() }
}

/// A statement without values. See [`prepared`].
#[derive(Debug, Clone)]
pub struct Prepared {
    sql: Cow<'static, str>,
}

/// A statement and its last value. See [`prepared`].
#[derive(Debug, Clone)]
pub struct Bound<Q, ST, V> {
    statement: Q,
    value: V,
    sql_type: PhantomData<ST>,
}

impl Prepared {
    /// Adds the value of `$1`.
    pub fn bind<ST, V>(self, value: V) -> Bound<Self, ST, V> {
        Bound {
            statement: self,
            value,
            sql_type: PhantomData,
        }
    }
}

impl<Q, ST, V> Bound<Q, ST, V> {
    /// Adds the next value.
    pub fn bind<ST2, V2>(self, value: V2) -> Bound<Self, ST2, V2> {
        Bound {
            statement: self,
            value,
            sql_type: PhantomData,
        }
    }
}

impl QueryFragment<Pg> for Prepared {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.sql);
        Ok(())
    }
}

impl<Q, ST, V> QueryFragment<Pg> for Bound<Q, ST, V>
where
    Q: QueryFragment<Pg>,
    Pg: HasSqlType<ST>,
    V: ToSql<ST, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.statement.walk_ast(out.reborrow())?;
        // The SQL already has the placeholder. diesel-async enables the feature of diesel that makes this
        // method public.
        out.push_bind_param_value_only(&self.value)
    }
}

/// Without a type id, diesel caches by the text.
impl QueryId for Prepared {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, ST, V> QueryId for Bound<Q, ST, V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Rows are read by the names of their columns (`QueryableByName`).
impl Query for Prepared {
    type SqlType = Untyped;
}

impl<Q, ST, V> Query for Bound<Q, ST, V> {
    type SqlType = Untyped;
}
