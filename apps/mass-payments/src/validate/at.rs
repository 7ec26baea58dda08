//! The place that is being checked: where its errors go, under which pointer.

use crate::code::Code;
use crate::draft::{Field, UnknownFields};
use crate::line_error::{Defect, LineError, LineErrors};

/// The batch itself, or one of its lines.
pub(super) struct At<'e> {
    errors: &'e mut LineErrors,
    line: Option<Line>,
}

/// A line of the batch.
pub(super) struct Line {
    pub(super) index: usize,
    pub(super) line_id: Option<String>,
    /// Its place in the CSV file it came in.
    pub(super) file_line: Option<usize>,
}

impl Line {
    /// A line of which nothing could be read.
    pub(super) fn unread(index: usize) -> Self {
        Self { index, line_id: None, file_line: None }
    }
}

impl<'e> At<'e> {
    pub(super) fn batch(errors: &'e mut LineErrors) -> Self {
        Self { errors, line: None }
    }

    pub(super) fn line(errors: &'e mut LineErrors, line: Line) -> Self {
        Self { errors, line: Some(line) }
    }

    /// Notes what is wrong with the value at `path`.
    pub(super) fn check<T>(&mut self, path: &str, result: Result<T, Defect>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(defect) => {
                let line = self.line.as_ref();
                self.errors.push(|| line_error(line, path, defect));
                None
            }
        }
    }

    pub(super) fn required<T, U>(
        &mut self,
        path: &str,
        field: Field<T>,
        rule: impl FnOnce(T) -> Result<U, Defect>,
    ) -> Option<U> {
        self.check(path, field.required().and_then(rule))
    }

    /// `Some(None)` is an absent field, `None` a wrong one.
    pub(super) fn optional<T, U>(
        &mut self,
        path: &str,
        field: Field<T>,
        rule: impl FnOnce(T) -> Result<U, Defect>,
    ) -> Option<Option<U>> {
        self.check(path, field.optional().and_then(|value| value.map(rule).transpose()))
    }

    pub(super) fn unknown_fields(&mut self, path: &str, unknown: &UnknownFields) {
        for name in &unknown.names {
            let defect = Defect::new(Code::FieldUnknown, "there is no field of this name");
            self.check::<()>(&format!("{path}/{}", pointer_token(name)), Err(defect));
        }
        self.errors.count_more(unknown.surplus);
    }
}

fn line_error(line: Option<&Line>, path: &str, defect: Defect) -> LineError {
    let Defect { code, message } = defect;
    let Some(Line { index, line_id, file_line }) = line else {
        return LineError { pointer: path.to_owned(), line_id: None, code, message };
    };
    let message = match file_line {
        Some(number) => format!("{message} (file line {number})"),
        None => message,
    };
    LineError {
        pointer: format!("/payments/{index}{path}"),
        line_id: line_id.clone(),
        code,
        message,
    }
}

/// A name as a part of a JSON pointer, cut if it is absurdly long.
fn pointer_token(name: &str) -> String {
    const MAX: usize = 64;
    let start: String = name.chars().take(MAX).collect();
    start.replace('~', "~0").replace('/', "~1")
}
