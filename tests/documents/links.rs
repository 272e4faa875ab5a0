//! Links inside the project lead somewhere.

use std::path::Path;

use crate::markdown::{files, read, root};

/// The documents at the top, and those in these directories.
fn documents() -> Vec<String> {
    let top = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let top = top.filter(|path| path.is_file());
    let below = ["docs", "examples"].into_iter().flat_map(|name| files(&root().join(name)));
    let shown = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let all = top.chain(below).map(|path| shown(&path));
    all.filter(|path| path.ends_with(".md") && !path.contains("node_modules")).collect()
}

/// What stands in `](…)`, outside code.
fn links(text: &str) -> Vec<String> {
    let prose: String = text.split('`').step_by(2).collect();
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.starts_with("http")).map(str::to_owned).collect()
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn has_heading(text: &str, wanted: &str) -> bool {
    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == wanted)
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_of_it() {
    let mut broken = Vec::new();
    let documents = documents();
    assert!(documents.len() > 8, "{documents:?}");
    for document in documents {
        let text = read(&document);
        for link in links(&text) {
            // A long heading may be broken across two lines.
            let link: String = link.replace('\n', "").split_whitespace().collect();
            let (path, wanted) = link.split_once('#').unwrap_or((&link, ""));
            let directory = Path::new(&document).parent().unwrap();
            let file =
                if path.is_empty() { document.as_str().into() } else { directory.join(path) };
            let is_there = root().join(&file).exists();
            let is_found =
                wanted.is_empty() || is_there && has_heading(&read(file.to_str().unwrap()), wanted);
            if !is_there || !is_found {
                broken.push(format!("{document}: {link}"));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}
