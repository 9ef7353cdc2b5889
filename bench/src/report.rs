//! One file that shows a result in a browser, and needs no network for it.

use crate::result::ResultFile;

const PAGE: &str = include_str!("../report/page.html");
const STYLE: &str = include_str!("../report/style.css");
const SCRIPT: &str = include_str!("../report/charts.js");
/// uPlot, under the MIT licence, which stands in front of it.
const LIBRARY: &str = include_str!("../report/uPlot.iife.min.js");
const LIBRARY_STYLE: &str = include_str!("../report/uPlot.min.css");
const LIBRARY_LICENCE: &str = include_str!("../report/uPlot.LICENSE");

/// The page.
///
/// # Panics
/// Never: figures and texts can be written as JSON.
#[must_use]
pub fn html(file: &ResultFile) -> String {
    let json = serde_json::to_string(file).expect("figures and texts can be written as JSON");
    // Inside a script element nothing but its end tag is special, and texts may hold that.
    let json = json.replace('<', "\\u003c");
    let licence = LIBRARY_LICENCE.replace("*/", "* /");
    // The data come last: what they hold is not looked through for the marks.
    let parts = [
        ("/*library-style*/", LIBRARY_STYLE),
        ("/*style*/", STYLE),
        ("/*library*/", &format!("/* uPlot\n{licence}*/\n{LIBRARY}")),
        ("/*script*/", SCRIPT),
        ("/*data*/", &json),
    ];
    let mut page = String::with_capacity(PAGE.len() + LIBRARY.len() + json.len() + 4096);
    let mut rest = PAGE;
    for (mark, part) in parts {
        let (before, behind) = rest.split_once(mark).expect("the page has a place for each part");
        page.push_str(before);
        page.push_str(part);
        rest = behind;
    }
    page.push_str(rest);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_everything_and_asks_for_nothing() {
        let label = "</script><script>alert(1)</script>";
        let file =
            ResultFile::new(label.to_owned(), "loglane bench w4".to_owned(), "localhost:9092".to_owned());
        let page = html(&file);
        assert!(page.contains("loglane bench w4") && page.contains("The MIT License"));
        assert!(!page.contains(label), "a text of the result ends no element");
        assert!(page.contains("default-src 'none'"), "the browser is told to load nothing");
        for asks in ["src=\"http", "href=\"http", "@import", "fetch(", "XMLHttpRequest"] {
            assert!(!page.contains(asks), "{asks}");
        }
    }
}
