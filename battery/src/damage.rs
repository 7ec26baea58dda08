//! Damages rows of a store as nothing of ours would write them.

use std::path::Path;

use rand::RngExt as _;
use rand::rngs::StdRng;
use rusqlite::Connection;

use crate::error::Error;

/// What says which thing a row is about: another readable value there is another truth, which
/// nobody can tell from damage.
const IDENTITY: [&str; 11] = [
    "id",
    "tenant",
    "operation",
    "owner",
    "job",
    "worker",
    "writer",
    "scope",
    "key",
    "fingerprint",
    "token",
];

/// What a column becomes; `it` is what it was.
const VALUES: [&str; 18] = [
    "NULL",
    "''",
    "'nonsense'",
    "printf('%.*c', 1000000, 'x')",
    "CAST(x'fffe' AS TEXT)",
    "x'00ff'",
    "zeroblob(1000000)",
    "-1",
    "-9223372036854775808",
    "9223372036854775807",
    "printf('%.*c', 100000, '[')",
    "'{}'",
    "'[]'",
    "'null'",
    "substr(it, 1, length(it) / 2)",
    "replace(it, ':', ';')",
    "replace(it, 'e', char(0))",
    "it || 'x'",
];

/// One row that was damaged.
#[derive(Debug, Clone)]
pub(crate) struct Damaged {
    /// Table, column, value.
    pub(crate) what: String,
    /// What the row belongs to, as far as that can be seen: an id without dashes.
    pub(crate) owner: Option<String>,
}

struct Column {
    table: String,
    name: String,
    keys: Vec<String>,
    /// The column that says what the row belongs to.
    owner: Option<String>,
}

/// Damages so many rows; what the schema refuses is tried otherwise.
pub(crate) fn damage(file: &Path, dice: &mut StdRng, count: usize) -> Result<Vec<Damaged>, Error> {
    let failed = |error: rusqlite::Error| Error::Unexpected {
        what: format!("damaging {}", file.display()),
        why: error.to_string(),
    };
    let connection = Connection::open(file).map_err(failed)?;
    let columns = columns(&connection).map_err(failed)?;
    let mut all = Vec::new();
    for _ in 0..count * 30 {
        if all.len() == count {
            break;
        }
        let column = &columns[dice.random_range(0..columns.len())];
        let value = VALUES[dice.random_range(0..VALUES.len())];
        let (row, of) = (dice.random_range(0..1000_i64), &column.table);
        let rows = connection.query_row(&format!("SELECT count(*) FROM {of}"), [], |it| it.get(0));
        let rows: i64 = rows.map_err(failed)?;
        if rows == 0 {
            continue;
        }
        // A schema that refuses the value is as good as one that sets it aside.
        if let Ok(owner) = change(&connection, column, value, row % rows) {
            let what = format!("{of}.{} = {value}", column.name);
            all.push(Damaged { what, owner });
        }
    }
    Ok(all)
}

fn columns(connection: &Connection) -> rusqlite::Result<Vec<Column>> {
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for table in tables {
        let mut names = connection.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
        let names: Vec<(String, i64)> = names
            .query_map([&table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let keys: Vec<String> =
            names.iter().filter(|(_, key)| *key > 0).map(|(name, _)| name.clone()).collect();
        let has = |wanted: &str| names.iter().any(|(name, _)| name == wanted);
        let owner = ["operation", "owner", "job"].into_iter().find(|name| has(name));
        let owner = owner.or((table == "operations").then_some("id")).map(str::to_owned);
        let damaged = names.iter().filter(|(name, key)| *key == 0 && !IDENTITY.contains(&&**name));
        all.extend(damaged.map(|(name, _)| Column {
            table: table.clone(),
            name: name.clone(),
            keys: keys.clone(),
            owner: owner.clone(),
        }));
    }
    Ok(all)
}

/// Changes one row; what it belongs to.
fn change(
    connection: &Connection,
    column: &Column,
    value: &str,
    row: i64,
) -> rusqlite::Result<Option<String>> {
    let Column { table, name, keys, owner } = column;
    let (keys, value) = (keys.join(", "), value.replace("it", name));
    let one = format!("({keys}) IN (SELECT {keys} FROM {table} ORDER BY {keys} LIMIT 1 OFFSET ?1)");
    let whose = match owner {
        Some(owner) => {
            let ask = format!("SELECT lower(hex({owner})) FROM {table} WHERE {one}");
            Some(connection.query_row(&ask, [row], |it| it.get(0))?)
        }
        None => None,
    };
    connection.execute(&format!("UPDATE {table} SET {name} = {value} WHERE {one}"), [row])?;
    Ok(whose)
}
