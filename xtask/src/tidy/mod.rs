//! `cargo xtask tidy`: the rules of `docs/style.md` that the compiler does not know.
//!
//! A check is a function in a file of its own which returns what it finds. What they compare with
//! (who may import whom, which words, which exceptions) is data and stands in `xtask/*.toml`.

mod canaries;
mod checks;
mod code_map;
mod file_kind;
mod file_names;
mod file_size;
mod finding;
mod folder_depth;
mod imports;
mod length;
mod links;
mod machine_paths;
mod markdown;
mod median;
mod sibling_stores;
mod statements;
mod store_verbs;
mod tree;
mod unfinished;
mod words;

pub(crate) use checks::run;
