//! Days and times. Accepted is one way to write each, not all that the
//! calendar library can read.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::code::Code;
use crate::line_error::Defect;

/// How far ahead a payment may be dated.
pub const MAX_DAYS_AHEAD: i64 = 366;

pub(super) fn value_date(text: &str, today: Date) -> Result<Date, Defect> {
    let date = date(text)
        .ok_or_else(|| Defect::new(Code::ValueDateFormat, "must be a date, like \"2026-10-31\""))?;
    if date < today {
        let message = format!("must not be before today, {today}");
        return Err(Defect::new(Code::ValueDatePast, message));
    }
    if date > today.saturating_add(MAX_DAYS_AHEAD.days()) {
        let message = format!("must be at most {MAX_DAYS_AHEAD} days after today, {today}");
        return Err(Defect::new(Code::ValueDateTooFar, message));
    }
    Ok(date)
}

pub(super) fn confirm_by(text: &str, now: Timestamp) -> Result<Timestamp, Defect> {
    let time = rfc3339(text).ok_or_else(|| {
        let message = "must be an RFC 3339 time, like \"2026-11-01T12:00:00Z\"";
        Defect::new(Code::ConfirmByFormat, message)
    })?;
    if time > now {
        Ok(time)
    } else {
        Err(Defect::new(Code::ConfirmByPast, "must be in the future"))
    }
}

fn date(text: &str) -> Option<Date> {
    has_shape(text, "0000-00-00").then(|| text.parse().ok())?
}

fn rfc3339(text: &str) -> Option<Timestamp> {
    let (day_and_time, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let has_offset = offset == "Z" || has_shape(offset, "+00:00") || has_shape(offset, "-00:00");
    (has_shape(day_and_time, "0000-00-00T00:00:00") && has_offset).then(|| text.parse().ok())?
}

/// A zero in the shape stands for any digit, all else for itself.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, expected)| match expected {
            b'0' => byte.is_ascii_digit(),
            _ => byte == expected,
        })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    const TODAY: Date = day(2026, 11, 22);

    #[track_caller]
    fn dated(text: &str, expected: Result<Date, Code>) {
        assert_eq!(value_date(text, TODAY).map_err(|defect| defect.code), expected, "{text}");
    }

    #[test]
    fn value_dates_begin_today_and_end_in_a_year() {
        dated("2026-11-21", Err(Code::ValueDatePast));
        dated("2026-11-22", Ok(TODAY));
        dated("2027-11-23", Ok(day(2027, 11, 23)));
        dated("2027-11-24", Err(Code::ValueDateTooFar));
    }

    #[test]
    fn value_dates_are_real_and_written_in_one_way() {
        for text in ["", "2026-02-30", "20261122", "2026-11-22T00:00", "22.11.2026", "{{today+3}}"]
        {
            dated(text, Err(Code::ValueDateFormat));
        }
    }

    #[test]
    fn the_end_of_the_calendar_is_no_trap() {
        let end = value_date("9999-12-31", Date::MAX);
        assert_eq!(end.map_err(|defect| defect.code), Ok(Date::MAX));
    }

    #[test]
    fn confirm_by_is_an_rfc3339_time_in_the_future() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let code = |text| confirm_by(text, now).map_err(|defect| defect.code).err();
        for text in ["2026-11-22T12:00:01Z", "2026-11-22T12:30:00.250-01:00"] {
            assert_eq!(code(text), None, "{text}");
        }
        for text in ["2026-11-22T12:00:00Z", "2026-11-22T13:00:00+01:00"] {
            assert_eq!(code(text), Some(Code::ConfirmByPast), "{text}");
        }
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T12:00:00",
            "2026-11-23 12:00:00Z",
            "2026-11-23T12:00Z",
            "2026-11-23T12:00:00.Z",
            "2026-11-31T12:00:00Z",
            "2026-11-23T12:00:00Z[UTC]",
            "2026-11-23T12:00:00é",
        ] {
            assert_eq!(code(text), Some(Code::ConfirmByFormat), "{text}");
        }
    }
}
