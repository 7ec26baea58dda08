//! What is said, and nowhere else: answers on standard output, the rest on standard error.

#![expect(clippy::print_stderr, reason = "this is the one place that prints")]

use std::io::Write as _;
use std::net::SocketAddr;

use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::error::Error;
use crate::figure::Figure;

/// What a process says when others may begin.
pub(crate) const READY: &str = "ready";

/// Where a bare server listens, in the words of the service.
pub(crate) fn listens(name: &str, address: SocketAddr) -> Result<(), Error> {
    line(&format!("{name} listens on http://{address}"))
}

pub(crate) fn ready() -> Result<(), Error> {
    line(READY)
}

/// For programs: one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    line(&serde_json::to_string(value)?)
}

fn line(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

pub(crate) fn error(error: &Error) {
    eprintln!("deferral bench: {error}");
}

pub(crate) fn warning(text: &str) {
    eprintln!("deferral bench: {text}");
}

/// How far it is.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Of so many steps. Shown to people only.
    pub(crate) fn of(steps: u64) -> Self {
        let bar = ProgressBar::new(steps);
        let style = "{bar:30} {pos}/{len} {msg} ({elapsed}, {eta} to go)";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// What is measured now.
    pub(crate) fn at(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

const HEAD: [&str; 9] = [
    "workload",
    "value",
    "unit",
    "lowest – highest",
    "raw limit",
    "ratio",
    "µs CPU a job",
    "durability",
    "µs fsync",
];

/// For people.
pub(crate) fn table(figures: &[Figure]) -> Result<(), Error> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(HEAD);
    for figure in figures {
        table.add_row([
            figure.workload.clone(),
            number(Some(figure.value)),
            figure.unit.to_owned(),
            figure.spread.map(|it| number(Some(it))).join(" – "),
            number(figure.raw_limit),
            figure.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            number(figure.cpu_micros_per_job),
            figure.durability.unwrap_or_default().to_owned(),
            number(figure.fsync_micros),
        ]);
    }
    for column in [1, 3, 4, 5, 6, 8] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    line(&table.to_string())
}

fn number(value: Option<f64>) -> String {
    match value {
        Some(value) if value >= 1000.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
        None => String::new(),
    }
}
