//! Reads Markdown just well enough to find links and names of files.

/// The lines outside of fenced code, with their numbers.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// What stands between backticks.
pub(crate) fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Where `[text](target)` and `[text]: target` point to, without the part after `#`.
pub(crate) fn link_targets(line: &str) -> Vec<String> {
    let plain: String = line.split('`').step_by(2).collect();
    let inline = plain.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let defined = plain.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let targets = inline.chain(defined.map(|(_, target)| target));
    targets.filter_map(|target| target.split([' ', '#']).next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_code_is_not_prose() {
        let lines: Vec<_> = prose("a\n```sh\nb\n```\nc\n").collect();
        assert_eq!(lines, [(1, "a"), (5, "c")]);
    }

    #[test]
    fn code_spans_are_between_backticks() {
        assert_eq!(code_spans("`a` and `b/c.rs`.").collect::<Vec<_>>(), ["a", "b/c.rs"]);
    }

    #[test]
    fn links_of_both_kinds_are_found_but_not_in_code() {
        let line = "[a](b.md#part) ![c](d.png \"e\") `[f](g.md)`";
        assert_eq!(link_targets(line), ["b.md", "d.png"]);
        assert_eq!(link_targets("[a]: docs/b.md"), ["docs/b.md"]);
    }
}
