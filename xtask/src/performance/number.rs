//! Numbers as people read them.

/// Three digits that mean something, thousands apart.
pub(super) fn shown(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude >= 1000.0 {
        let step = 10f64.powf(magnitude.log10().floor() - 2.0);
        return grouped((value / step).round() * step);
    }
    match magnitude {
        it if it >= 100.0 => format!("{value:.0}"),
        it if it >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// All its digits, thousands apart.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As short as it gets: `48k`, `1.2M`.
pub(super) fn short(value: f64) -> String {
    let (scaled, letter) = match value.abs() {
        it if it >= 999_500.0 => (value / 1e6, "M"),
        it if it >= 999.5 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let tenths = (scaled * 10.0).round();
    let digits = usize::from(tenths.abs() < 100.0 && tenths % 10.0 != 0.0);
    format!("{scaled:.digits$}{letter}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_shown() {
        let all = [0.0123, 1.234, 12.34, 123.4, 1234.0, 123_456.0, 10_000_000.0];
        let text = ["0.01", "1.23", "12.3", "123", "1,230", "123,000", "10,000,000"];
        assert_eq!(all.map(shown), text);
    }

    #[test]
    fn short_ones_have_a_letter() {
        let all = [1.0, 1.5, 100.0, 1000.0, 48_321.0, 1_000_000.0, 1_230_000.0, 999_900.0];
        assert_eq!(all.map(short), ["1", "1.5", "100", "1k", "48k", "1M", "1.2M", "1M"]);
    }
}
