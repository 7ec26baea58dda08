//! What is said on standard output, and nowhere else.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use std::net::SocketAddr;

use comfy_table::{CellAlignment, Table, presets};

use crate::error::Error;
use crate::figure::Figure;

/// Where a bare server listens, in the words of the service.
pub(crate) fn listens(name: &str, address: SocketAddr) {
    println!("{name} listens on http://{address}");
}

pub(crate) fn error(error: &Error) {
    eprintln!("benches: {error}");
}

/// For programs: one line.
pub(crate) fn json(figures: &[Figure]) {
    match serde_json::to_string(figures) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("benches: the figures can't be written as JSON: {error}"),
    }
}

/// For people.
pub(crate) fn table(figures: &[Figure]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "workload",
        "value",
        "unit",
        "raw limit",
        "ratio",
        "µs CPU",
        "durability",
        "µs fsync",
    ]);
    for figure in figures {
        table.add_row([
            figure.workload.to_owned(),
            number(Some(figure.value)),
            figure.unit.to_owned(),
            number(figure.raw_limit),
            figure.ratio.map(|ratio| format!("{:.0} %", ratio * 100.0)).unwrap_or_default(),
            number(figure.cpu_micros_per_request),
            figure.durability.unwrap_or_default().to_owned(),
            number(figure.fsync_micros),
        ]);
    }
    for column in [1, 3, 4, 5, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
}

fn number(value: Option<f64>) -> String {
    match value {
        Some(value) if value >= 1000.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.1}"),
        None => String::new(),
    }
}
