//! Links to meetings: what a tap may open.

use super::personal_number::link_holds_personal_number;
use super::text::tidy_line;
use crate::limits::LINK_CHARS_MAX;
use crate::refusal::Refusal;

const SECURE: &str = "https://";

/// Completes a link as people type it: `teams.example/abc` becomes `https://teams.example/abc`, and so does one that
/// begins with `http://`. Without text it stays without.
///
/// # Errors
///
/// `link-invalid` for other schemes and for what names no server; `text-too-long`; `personal-number`.
pub fn complete_link(text: &str) -> Result<String, Refusal> {
    let text = tidy_line(text);
    if text.is_empty() {
        return Ok(text);
    }
    if text.chars().count() > LINK_CHARS_MAX {
        return Err(Refusal::new("text-too-long")
            .with("field", "link")
            .with("max", LINK_CHARS_MAX));
    }
    if link_holds_personal_number(&text) {
        return Err(Refusal::new("personal-number").with("field", "link"));
    }
    let rest = match text.split_once("://") {
        Some((scheme, rest)) if is_web(scheme) => rest,
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => return Err(invalid()),
        _ => text.as_str(),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !names_server(host) || rest.contains(char::is_whitespace) {
        return Err(invalid());
    }
    Ok(format!("{SECURE}{rest}"))
}

/// Checks a link that is kept already: complete, or none.
///
/// # Errors
///
/// As [`complete_link`].
pub fn check_link(link: &str) -> Result<(), Refusal> {
    if complete_link(link)? == link { Ok(()) } else { Err(invalid()) }
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

/// Whether this is a server's name or address, perhaps with a port. A name before `@` would show another.
fn names_server(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let labels = name.split('.').collect::<Vec<_>>();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|letter| is_latin(letter) || letter == '-')
    };
    let has_port = host.contains(':');
    labels.len() > 1
        && labels.iter().all(is_label)
        && (!has_port || port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Letters of the Latin alphabets, and digits. Others look like these; a server with such a name has one in ASCII too.
fn is_latin(letter: char) -> bool {
    letter.is_alphanumeric() && matches!(letter, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

fn invalid() -> Refusal {
    Refusal::new("link-invalid").with("field", "link")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_completed_or_refused() {
        for (typed, kept) in [
            ("", ""),
            (" \u{a0}", ""),
            ("teams.example/abc", "https://teams.example/abc"),
            (" https://teams.example/l/1?x=1#y ", "https://teams.example/l/1?x=1#y"),
            ("HTTP://zoom.example/j/8112189876", "https://zoom.example/j/8112189876"),
            ("zoom.example:8443/j", "https://zoom.example:8443/j"),
            ("https://möte.example/å", "https://möte.example/å"),
            (
                "teams.example/r?to=https://x.example",
                "https://teams.example/r?to=https://x.example",
            ),
        ] {
            assert_eq!(complete_link(typed).as_deref(), Ok(kept), "{typed}");
            assert_eq!(check_link(kept), Ok(()), "{kept}");
        }
        for wrong in [
            "javascript:alert(1)",
            "JavaScript://a.example/%0aalert(1)",
            "java\u{200b}script:alert(1)",
            "data:text/html,x",
            "ftp://a.example",
            "https://",
            "https:///x",
            "mötet",
            "two words.example",
            "https://a.example/b c",
            "https://bank.example@evil.example",
            "a.example:javascript",
            "//a.example",
            "a..example",
            "https://t\u{435}ams.example",
        ] {
            assert_eq!(complete_link(wrong), Err(invalid()), "{wrong}");
        }
        let number = Refusal::new("personal-number").with("field", "link");
        for link in ["https://zoom.example/j/811218-9876", "811218-9876"] {
            assert_eq!(complete_link(link), Err(number.clone()), "{link}");
        }
        assert_eq!(check_link("teams.example/abc"), Err(invalid()));
        assert_eq!(check_link("http://teams.example/abc"), Err(invalid()));
        let long = format!("https://a.example/{}", "x".repeat(LINK_CHARS_MAX));
        assert_eq!(complete_link(&long).unwrap_err().code, "text-too-long");
    }
}
