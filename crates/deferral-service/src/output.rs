//! What the program says: tables for people, JSON for programs. The only place that prints.

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// A line for people.
#[expect(clippy::print_stdout, reason = "this is the one place that prints")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// An error, with what to do.
#[expect(clippy::print_stderr, reason = "this is the one place that prints")]
pub(crate) fn error(text: &str) {
    eprintln!("deferral: {text}");
}

/// One JSON document.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<(), serde_json::Error> {
    line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A table; says so when it is empty.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: Vec<[String; N]>, empty: &str) {
    if rows.is_empty() {
        line(empty);
        return;
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    line(&table.trim_fmt());
}
