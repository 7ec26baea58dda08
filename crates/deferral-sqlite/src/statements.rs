//! Prepared statements, found by number instead of by their text.

use rusqlite::{Connection, Params, PrepFlags, Result, Row, Statement};

use crate::query::Query;

/// The statements of one connection. Each is prepared when it is first used, and kept.
pub(crate) struct Statements<'c> {
    connection: &'c Connection,
    prepared: [Option<Statement<'c>>; Query::COUNT],
}

impl<'c> Statements<'c> {
    /// None is prepared yet.
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, prepared: [const { None }; Query::COUNT] }
    }

    /// The connection that they run on.
    pub(crate) const fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Runs it; how many rows it wrote.
    pub(crate) fn execute(&mut self, query: Query, params: impl Params) -> Result<usize> {
        self.get(query)?.execute(params)
    }

    /// Its first row, if it has one.
    pub(crate) fn row<T>(
        &mut self,
        query: Query,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut rows = self.get(query)?.query(params)?;
        rows.next()?.map(read).transpose()
    }

    /// All its rows.
    pub(crate) fn rows<T>(
        &mut self,
        query: Query,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.get(query)?.query_map(params, read)?.collect()
    }

    /// Its rows, until one is the last that is wanted.
    pub(crate) fn rows_while<T>(
        &mut self,
        query: Query,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<(T, bool)>,
    ) -> Result<Vec<T>> {
        let mut rows = self.get(query)?.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (value, go_on) = read(row)?;
            found.push(value);
            if !go_on {
                break;
            }
        }
        Ok(found)
    }

    /// Whether it says yes.
    pub(crate) fn is(&mut self, query: Query, params: impl Params) -> Result<bool> {
        Ok(self.row(query, params, |row| row.get(0))?.unwrap_or(false))
    }

    fn get(&mut self, query: Query) -> Result<&mut Statement<'c>> {
        let slot = &mut self.prepared[query as usize];
        if let Some(statement) = slot {
            return Ok(statement);
        }
        let flags = PrepFlags::SQLITE_PREPARE_PERSISTENT;
        Ok(slot.insert(self.connection.prepare_with_flags(query.sql(), flags)?))
    }
}
