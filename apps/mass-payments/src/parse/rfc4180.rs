//! Comma-separated values as RFC 4180 has them, and strictly: a reader that
//! guesses what a stray quote means changes names, and one that is never closed
//! swallows payments.

/// More cells than any file of payments has. A row of nothing but commas would
/// need two dozen times its size in memory.
const MAX_CELLS: usize = 64;

/// A row, and the line of the text on which it begins (from 1; a quoted cell
/// may hold line breaks).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// Why a text is no RFC 4180 file, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) offset: usize,
    pub(super) message: &'static str,
}

/// Reads a text row by row. Empty lines are no rows.
pub(super) struct Records<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn skip_line_break(&mut self) -> bool {
        let length = match self.rest().as_bytes() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return false,
        };
        self.offset += length;
        self.line += 1;
        true
    }

    fn record(&mut self) -> Result<Record, Broken> {
        let line = self.line;
        let mut cells = vec![self.cell()?];
        while self.rest().starts_with(',') {
            if cells.len() == MAX_CELLS {
                return Err(self.broken("there are too many cells in this row"));
            }
            self.offset += 1;
            cells.push(self.cell()?);
        }
        if self.rest().is_empty() || self.skip_line_break() {
            Ok(Record { line, cells })
        } else {
            Err(self.broken("a comma or the end of the line must follow a cell"))
        }
    }

    fn cell(&mut self) -> Result<String, Broken> {
        if self.rest().starts_with('"') { self.quoted_cell() } else { self.plain_cell() }
    }

    fn plain_cell(&mut self) -> Result<String, Broken> {
        let rest = self.rest();
        let end = rest.find([',', '"', '\r', '\n']).unwrap_or(rest.len());
        self.offset += end;
        if rest[end..].starts_with('"') {
            return Err(self.broken("a cell with a quote in it must be quoted"));
        }
        Ok(rest[..end].to_owned())
    }

    fn quoted_cell(&mut self) -> Result<String, Broken> {
        let opening = self.offset;
        self.offset += 1;
        let mut cell = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('"') else {
                let message = "the quoted cell that begins here is never closed";
                return Err(Broken { offset: opening, message });
            };
            cell.push_str(&rest[..end]);
            self.line += rest[..end].matches('\n').count();
            self.offset += end + 1;
            // Two quotes stand for one.
            if !self.rest().starts_with('"') {
                return Ok(cell);
            }
            cell.push('"');
            self.offset += 1;
        }
    }

    fn broken(&self, message: &'static str) -> Broken {
        Broken { offset: self.offset, message }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.skip_line_break() {}
        if self.rest().is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.offset = self.text.len();
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(usize, Vec<String>)>, Broken> {
        Records::new(text).map(|record| record.map(|row| (row.line, row.cells))).collect()
    }

    #[track_caller]
    fn reads(text: &str, expected: &[(usize, &[&str])]) {
        let expected: Vec<(usize, Vec<String>)> = expected
            .iter()
            .map(|(line, cells)| (*line, cells.iter().map(|&cell| cell.to_owned()).collect()))
            .collect();
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }

    #[track_caller]
    fn breaks(text: &str, offset: usize) {
        assert_eq!(read(text).map_err(|broken| broken.offset), Err(offset), "{text:?}");
    }

    #[test]
    fn rows_end_with_either_line_break_or_the_text() {
        reads("a,b\r\nc,d\n\n\r\ne,", &[(1, &["a", "b"]), (2, &["c", "d"]), (5, &["e", ""])]);
        reads("", &[]);
        reads("\n\r\n", &[]);
    }

    #[test]
    fn quotes_protect_commas_quotes_and_line_breaks() {
        reads("\"a,\"\"b\"\"\",c\n", &[(1, &["a,\"b\"", "c"])]);
        reads("\"a\nb\",\"\"\nc,d", &[(1, &["a\nb", ""]), (3, &["c", "d"])]);
    }

    #[test]
    fn stray_quotes_are_refused_where_they_stand() {
        breaks("a,b\"c", 3);
        breaks("\"a\"b,c", 3);
        breaks("x\n\"a,b\nc", 2);
        breaks("a\rb", 1);
    }

    #[test]
    fn a_row_has_not_endless_cells() {
        let row = |cells: usize| vec!["a"; cells].join(",");
        assert!(read(&row(MAX_CELLS)).is_ok());
        breaks(&row(MAX_CELLS + 1), 127);
    }
}
