//! Elements of a drawing.
//!
//! Written by ourselves: crates that plot give each element its color, and ours must follow the
//! reader's light or dark background, which takes classes and a style sheet.

use std::fmt::Write as _;

/// Colors by class. The background is drawn too: a page may not follow the reader's choice.
const STYLE: &str = "
  text { font: 13px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f; }
  .title { font-size: 16px; font-weight: 600; }
  .small { font-size: 11px; fill: #57606a; }
  .name { font-weight: 600; }
  .paper { fill: #ffffff; }
  .grid { stroke: #d8dee4; stroke-width: 1; }
  .axis { stroke: #57606a; stroke-width: 1; }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .spread { stroke-width: 1.5; opacity: 0.6; }
  .ours { stroke: #0969da; } .dot.ours, text.ours { fill: #0969da; } text.ours { stroke: none; }
  .raw { stroke: #bc4c00; } .dot.raw, text.raw { fill: #bc4c00; } text.raw { stroke: none; }
  .line.raw { stroke-dasharray: 7 4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .small { fill: #9198a1; } .paper { fill: #0d1117; }
    .grid { stroke: #2a313a; } .axis { stroke: #9198a1; }
    .ours { stroke: #58a6ff; } .dot.ours, text.ours { fill: #58a6ff; }
    .raw { stroke: #f0883e; } .dot.raw, text.raw { fill: #f0883e; }
  }
";

/// Where a text stands at its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing of some width and height.
pub(super) struct Svg {
    text: String,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64, description: &str) -> Self {
        let mut text = String::new();
        let _never = write!(
            text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">\n\
             <style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n",
            escaped(description)
        );
        Self { text }
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let words = escaped(words);
        self.put(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{words}\
             </text>"
        ));
    }

    /// Along the left side, from below.
    pub(super) fn upward(&mut self, (x, y): (f64, f64), words: &str) {
        let words = escaped(words);
        self.put(&format!(
            "<text transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\">\
             {words}</text>"
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(&format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>"
        ));
    }

    pub(super) fn polyline(&mut self, points: &[(f64, f64)], class: &str) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.put(&format!("<polyline points=\"{}\" class=\"line {class}\"/>", points.join(" ")));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), class: &str) {
        self.put(&format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" class=\"dot {class}\"/>"));
    }

    pub(super) fn end(mut self) -> String {
        self.put("</svg>");
        self.text
    }

    fn put(&mut self, element: &str) {
        self.text.push_str(element);
        self.text.push('\n');
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_not_break_the_drawing() {
        let mut svg = Svg::new(10.0, 10.0, "a \"b\"");
        svg.text((1.0, 2.0), Anchor::End, "small", "1 < 2 & 3");
        let text = svg.end();
        assert!(text.contains("1 &lt; 2 &amp; 3") && text.contains("a &quot;b&quot;"), "{text}");
        assert!(text.ends_with("</svg>\n"));
    }
}
