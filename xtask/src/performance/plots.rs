//! Which plots there are, and what they are drawn from.

use std::path::Path;

use crate::Result;

use super::axis::Scale;
use super::figure::Figure;
use super::plot::{Line, Plot, Point};
use super::record::Record;

const FOLDER: &str = "docs/performance";
const ACROSS_ROUNDS: &str = "medians; thin bars: lowest and highest round";

/// A plot of one series of figures.
pub(super) struct Drawing {
    /// The name of the series, and of the file.
    pub(super) series: &'static str,
    title: &'static str,
    subtitle: &'static str,
    across: (&'static str, Scale),
    up: (&'static str, Scale),
}

pub(super) const DRAWINGS: [Drawing; 4] = [
    Drawing {
        series: "enqueue",
        title: "Enqueue: throughput against batch size",
        subtitle: "one task, power-safe",
        across: ("jobs in one commit", Scale::Logarithmic),
        up: ("jobs per second", Scale::Logarithmic),
    },
    Drawing {
        series: "drain",
        title: "Drain: throughput against jobs at once",
        subtitle: "no-op jobs claimed and finished, power-safe",
        across: ("jobs at once (bare SQLite: in one transaction)", Scale::Logarithmic),
        up: ("jobs per second", Scale::Logarithmic),
    },
    Drawing {
        series: "backlog",
        title: "Drain: throughput against backlog",
        subtitle: "default settings, power-safe",
        across: ("jobs that wait behind those that are drained", Scale::Logarithmic),
        up: ("jobs per second", Scale::Linear),
    },
    Drawing {
        series: "growth",
        title: "Size of the file while jobs finish and are removed",
        subtitle: "database and log; finished jobs are kept for the length of one interval",
        across: ("jobs finished so far", Scale::Linear),
        up: ("MiB", Scale::Linear),
    },
];

/// Draws those that have figures.
pub(super) fn write(record: &Record, root: &Path) -> Result {
    let folder = root.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    for drawing in &DRAWINGS {
        if let Some(plot) = drawing.plot(&record.figures().collect::<Vec<_>>()) {
            std::fs::write(folder.join(format!("{}.svg", drawing.series)), plot.draw())?;
        }
    }
    Ok(())
}

impl Drawing {
    /// None unless there are at least two points to draw a line through.
    fn plot(&self, figures: &[&Figure]) -> Option<Plot> {
        let points = figures.iter().filter_map(|figure| {
            let series = figure.series.as_ref().filter(|it| it.name == self.series)?;
            Some((series.at as f64, *figure))
        });
        let points: Vec<_> = points.collect();
        if points.len() < 2 {
            return None;
        }
        let several = points.iter().any(|(_, figure)| figure.rounds > 1);
        let ours = points.iter().map(|(x, figure)| Point {
            x: *x,
            y: figure.value,
            spread: several.then_some(figure.spread),
        });
        let mut lines = vec![Line { name: "deferral", class: "ours", points: ours.collect() }];
        let raw = points
            .iter()
            .filter_map(|(x, figure)| Some(Point { x: *x, y: figure.raw_limit?, spread: None }));
        let raw: Vec<_> = raw.collect();
        if !raw.is_empty() {
            lines.push(Line { name: "bare SQLite", class: "raw", points: raw });
        }
        let rounds = if several { ACROSS_ROUNDS } else { "one run" };
        let subtitle = format!("{}; {rounds}", self.subtitle);
        let (across, up) = (self.across, self.up);
        Some(Plot { title: self.title.to_owned(), subtitle, across, up, lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_and_the_raw_limit_are_drawn_where_they_were_measured() {
        let figures = [("a", 1, 10.0), ("b", 100, 900.0)]
            .map(|(name, at, value)| Figure::of(name, value, Some(("drain", at))));
        let plot = DRAWINGS[1].plot(&figures.iter().collect::<Vec<_>>()).unwrap();
        let [ours, raw] = plot.lines.as_slice() else { panic!("two lines") };
        assert_eq!((ours.points[1].x, ours.points[1].y), (100.0, 900.0));
        assert_eq!(raw.points[0].y, 20.0);
        assert!(plot.draw().contains(">900</text>"));
    }

    #[test]
    fn one_point_is_no_line() {
        let figure = Figure::of("a", 1.0, Some(("drain", 1)));
        assert!(DRAWINGS[1].plot(&[&figure]).is_none());
    }
}
