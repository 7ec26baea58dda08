//! The part of `docs/performance.md` that is written from what was measured.

use std::fmt::Write as _;
use std::path::Path;

use crate::Result;

use super::figure::Figure;
use super::number::{grouped, shown};
use super::plots::DRAWINGS;
use super::record::Record;

const PATH: &str = "docs/performance.md";
const BEGIN: &str = "<!-- figures: written by `cargo xtask performance` -->";
const END: &str = "<!-- end of figures -->";

/// Writes it between its markers; what stands around them stays.
pub(super) fn write(record: &Record, root: &Path) -> Result {
    let path = root.join(PATH);
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{PATH}: {error}"))?;
    Ok(std::fs::write(path, replaced(&page, &written(record))?)?)
}

fn replaced(page: &str, written: &str) -> Result<String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| format!("{PATH}: needs {BEGIN} and {END}"))?;
    Ok(format!("{before}{BEGIN}\n\n{written}\n{END}{after}"))
}

fn written(record: &Record) -> String {
    let mut text = format!("{}.\n", record.machine.shown());
    for (workload, measured) in record.workloads() {
        let rounds = measured.figures.iter().map(|it| it.rounds).max().unwrap_or_default();
        let times = if rounds == 1 { "once".to_owned() } else { format!("{rounds} rounds") };
        let _never = write!(
            text,
            "\n### {workload}\n\n`deferral bench --only {workload}`, {times}, commit {}.\n\n{}",
            measured.commit,
            table(&measured.figures)
        );
        for drawing in &DRAWINGS {
            let series = drawing.series;
            let drawn =
                |figure: &&Figure| figure.series.as_ref().is_some_and(|it| it.name == series);
            if measured.figures.iter().filter(drawn).count() > 1 {
                let _never = write!(text, "\n![{workload}](performance/{series}.svg)\n");
            }
        }
    }
    text
}

const HEAD: &str = "\
| | value | lowest – highest | raw limit | ratio | µs CPU a job | raw | survives | µs fsync |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |
";

fn table(figures: &[Figure]) -> String {
    let long = figures.iter().filter(|figure| is_of_growth(figure)).count();
    let mut text = HEAD.to_owned();
    for (place, figure) in figures.iter().enumerate() {
        // Of a long series the plot shows the rest.
        if is_of_growth(figure) && place != 1 && place + 1 != long {
            continue;
        }
        text.push_str(&row(figure));
    }
    text
}

fn is_of_growth(figure: &Figure) -> bool {
    figure.series.as_ref().is_some_and(|it| it.name == "growth")
}

fn row(figure: &Figure) -> String {
    let [least, most] = figure.spread;
    let number = |value: Option<f64>| value.map(shown).unwrap_or_default();
    let spread = match figure.rounds {
        1 => String::new(),
        _ => format!("{} – {}", shown(least), shown(most)),
    };
    format!(
        "| {} | **{}** {} | {spread} | {} | {} | {} | {} | {} | {} |\n",
        figure.workload,
        shown(figure.value),
        figure.unit,
        number(figure.raw_limit),
        figure.ratio.map(|it| format!("{it:.2}")).unwrap_or_default(),
        number(figure.cpu_micros_per_job),
        number(figure.raw_cpu_micros_per_job),
        figure.durability.as_deref().unwrap_or_default(),
        figure.fsync_micros.map(grouped).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_figures_stays() {
        let page = format!("# Title\n{BEGIN}\nold\n{END}\nby hand\n");
        let page = replaced(&page, "new\n").unwrap();
        assert_eq!(page, format!("# Title\n{BEGIN}\n\nnew\n\n{END}\nby hand\n"));
        assert_eq!(replaced(&page, "new\n").unwrap(), page, "writing twice changes nothing");
    }

    #[test]
    fn a_page_without_a_place_is_refused() {
        assert!(replaced("# Title\n", "new").is_err());
    }

    #[test]
    fn a_row_has_as_many_cells_as_the_head() {
        let cells = |line: &str| line.matches('|').count();
        let row = row(&Figure::of("drain", 1234.5, None));
        assert_eq!(Some(cells(&row)), HEAD.lines().next().map(cells), "{row}");
        assert!(row.contains("**1,230** jobs/s"), "{row}");
    }
}
