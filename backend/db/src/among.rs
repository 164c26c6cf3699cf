//! `column IN (…)` as one parameter, however many there are: the statement stays the same and is prepared once. A list of
//! parameters is parsed and planned by SQLite each time, which costs more than finding the rows.
//!
//! Only where one index is the obvious one: SQLite does not know how many there are, and rather walks over all rows of a
//! tenant (`db/tests/plans` watches).

use diesel::{
    expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{Array, Bool, Text},
    sqlite::Sqlite,
};

/// See [`among`].
#[derive(Debug, Clone)]
pub struct Among<C> {
    column: C,
    ids: Vec<String>,
    json: String,
}

/// Whether the column holds one of these.
pub fn among<C, I>(column: C, ids: I) -> Among<C>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let ids: Vec<String> = ids.into_iter().map(|id| id.as_ref().to_owned()).collect();
    let json = serde_json::Value::from(ids.as_slice()).to_string();
    Among { column, ids, json }
}

impl<C: Expression> Expression for Among<C> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<T>, T> AppearsOnTable<T> for Among<C> {}

impl<C, G> ValidGrouping<G> for Among<C> {
    type IsAggregate = is_aggregate::No;
}

impl<C: QueryId> QueryId for Among<C> {
    type QueryId = Among<C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.json)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Among<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Text>, _>(&self.ids)?;
        out.push_sql(")");
        Ok(())
    }
}
