//! What processes wrote to their logs and should not have.

use std::path::Path;

use crate::report::Report;

/// Each panic in a log of this folder is a finding: nothing that comes from outside may cause one.
pub(crate) fn check_panics(folder: &Path, report: &mut Report) {
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = file.path();
        if path.extension().is_none_or(|end| end != "log") {
            continue;
        }
        let text = std::fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        for line in text.lines().filter(|line| line.contains("panicked")) {
            let name = file.file_name().display().to_string();
            report.finding(format!("{name}: {line}"));
        }
    }
}
