//! The verbs that only read.

pub(crate) mod jobs;
pub(crate) mod operations;
pub(crate) mod overview;

use crate::error::Failure;
use crate::statements::Statements;

/// Reads with several statements as of one moment.
fn at_once<T>(
    sql: &mut Statements<'_>,
    read: impl FnOnce(&mut Statements<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    sql.connection().execute_batch("BEGIN")?;
    let value = read(sql)?;
    sql.connection().execute_batch("COMMIT")?;
    Ok(value)
}
