//! Lines over two axes, with their names beside them.

use super::axis::{Axis, Scale};
use super::number::short;
use super::svg::{Anchor, Svg};

/// What a plot shows.
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) across: (&'static str, Scale),
    pub(super) up: (&'static str, Scale),
    pub(super) lines: Vec<Line>,
}

/// One line of it.
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) points: Vec<Point>,
}

pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// The least and the most of all rounds.
    pub(super) spread: Option<[f64; 2]>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = WIDTH - 116.0;
const TOP: f64 = 92.0;
const BOTTOM: f64 = HEIGHT - 58.0;

impl Plot {
    pub(super) fn draw(&self) -> String {
        let mut svg = Svg::new(WIDTH, HEIGHT, &format!("{}: {}", self.title, self.subtitle));
        svg.text((LEFT, 28.0), Anchor::Start, "title", &self.title);
        svg.text((LEFT, 47.0), Anchor::Start, "small", &self.subtitle);
        let (across, up) = (self.axis_across(), self.axis_up());
        self.draw_axes(&mut svg, &across, &up);
        let place = |x: f64, y: f64| {
            (LEFT + across.part(x) * (RIGHT - LEFT), BOTTOM - up.part(y) * (BOTTOM - TOP))
        };
        for line in &self.lines {
            line.draw(&mut svg, &place, |point| self.is_highest(point));
        }
        self.draw_legend(&mut svg);
        svg.end()
    }

    /// Whether no other line is higher there: then there is room for its value above.
    fn is_highest(&self, point: &Point) -> bool {
        let points = self.lines.iter().flat_map(|line| &line.points);
        points.filter(|other| other.x == point.x).all(|other| other.y <= point.y)
    }

    fn axis_across(&self) -> Axis {
        let points = self.lines.iter().flat_map(|line| &line.points);
        Axis::around(self.across.1, points.map(|point| point.x))
    }

    fn axis_up(&self) -> Axis {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let values = points.flat_map(|it| it.spread.into_iter().flatten().chain([it.y]));
        Axis::around(self.up.1, values)
    }

    fn draw_axes(&self, svg: &mut Svg, across: &Axis, up: &Axis) {
        for tick in &up.ticks {
            let y = BOTTOM - up.part(*tick) * (BOTTOM - TOP);
            svg.line((LEFT, y), (RIGHT, y), "grid");
            svg.text((LEFT - 8.0, y + 4.0), Anchor::End, "", &short(*tick));
        }
        for tick in &across.ticks {
            let x = LEFT + across.part(*tick) * (RIGHT - LEFT);
            svg.line((x, BOTTOM), (x, TOP), "grid");
            svg.text((x, BOTTOM + 19.0), Anchor::Middle, "", &short(*tick));
        }
        svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), "axis");
        svg.line((LEFT, BOTTOM), (LEFT, TOP), "axis");
        let middle = f64::midpoint(LEFT, RIGHT);
        svg.text((middle, HEIGHT - 14.0), Anchor::Middle, "", self.across.0);
        svg.upward((20.0, f64::midpoint(TOP, BOTTOM)), self.up.0);
    }

    fn draw_legend(&self, svg: &mut Svg) {
        let mut x = LEFT;
        for line in &self.lines {
            let y = 70.0;
            svg.polyline(&[(x, y - 4.0), (x + 28.0, y - 4.0)], line.class);
            svg.text((x + 36.0, y), Anchor::Start, "", line.name);
            // About as wide as the words are.
            x += 60.0 + 8.0 * line.name.chars().count() as f64;
        }
    }
}

impl Line {
    fn draw(
        &self,
        svg: &mut Svg,
        place: &impl Fn(f64, f64) -> (f64, f64),
        is_above: impl Fn(&Point) -> bool,
    ) {
        let places: Vec<_> = self.points.iter().map(|it| place(it.x, it.y)).collect();
        svg.polyline(&places, self.class);
        for (point, at) in self.points.iter().zip(&places) {
            if let Some([least, most]) = point.spread {
                let class = format!("spread {}", self.class);
                svg.line(place(point.x, least), place(point.x, most), &class);
            }
            svg.dot(*at, self.class);
            let y = if is_above(point) { at.1 - 10.0 } else { at.1 + 18.0 };
            svg.text((at.0, y), Anchor::Middle, "small", &short(point.y));
        }
        if let Some((x, y)) = places.last() {
            let class = format!("name {}", self.class);
            svg.text((x + 14.0, y + 4.0), Anchor::Start, &class, self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_name_beside_it_and_in_the_legend() {
        let point = |x, y| Point { x, y, spread: Some([y * 0.9, y * 1.1]) };
        let line = |name, class, y| Line {
            name,
            class,
            points: vec![point(1.0, y), point(1000.0, y * 9.0)],
        };
        let plot = Plot {
            title: "Speed".to_owned(),
            subtitle: "medians".to_owned(),
            across: ("jobs", Scale::Logarithmic),
            up: ("jobs/s", Scale::Linear),
            lines: vec![line("deferral", "ours", 10.0), line("bare SQLite", "raw", 20.0)],
        };
        let svg = plot.draw();
        assert_eq!(svg.matches(">bare SQLite</text>").count(), 2, "{svg}");
        assert!(svg.contains(">jobs/s</text>") && svg.contains(">1k</text>"), "{svg}");
        assert!(!svg.contains("NaN"), "{svg}");
    }
}
