//! What a person sees meanwhile: a bar that moves, and a line for each change.

use std::cell::RefCell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::story::text;
use crate::output;

const STYLE: &str = "{elapsed_precise} {bar:40} {pos:>4}/{len} {wide_msg}";

/// The screen of a story; says nothing when quiet.
pub(crate) struct Screen {
    bar: ProgressBar,
    quiet: bool,
    last: RefCell<String>,
}

impl Screen {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = ProgressBar::new(1000);
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template(STYLE) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, quiet, last: RefCell::default() }
    }

    /// A line that stays.
    pub(crate) fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        // Into a pipe a bar draws nothing, and swallows the lines above it.
        if self.bar.is_hidden() {
            output::line(line);
        } else {
            self.bar.println(line);
        }
    }

    /// The operation as it stands.
    pub(crate) fn show(&self, document: &Value) {
        let number = |pointer: &str| document.pointer(pointer).and_then(Value::as_u64);
        if let Some(total) = number("/progress/total") {
            self.bar.set_length(total);
        }
        if let Some(completed) = number("/progress/completed") {
            self.bar.set_position(completed);
        }
        let mut line = format!("{} {}", text(document, "status"), text(document, "stage"));
        if document.get("verifying").and_then(Value::as_bool) == Some(true) {
            line += ", finding out whether the last call took effect";
        }
        if let Some(reason) = document.pointer("/attention/reason").and_then(Value::as_str) {
            line += &format!(", needs a person: {reason}");
        }
        self.bar.set_message(line.clone());
        if self.last.replace(line.clone()) != line {
            self.say(&format!("  {line}"));
        }
    }

    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
